/* SPDX-License-Identifier: MIT */
#include "code_names.h"

#include "code_lines.h"

/* Of one character. Surrogates are no text: 0. */
static size_t
encode(Py_UCS4 c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return Py_UNICODE_IS_SURROGATE(c) ? 0 : 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* UTF-8 of a string, in place where it is that already, else in the buffer. "?" for what is no text. */
static const char *
text_of(PyObject *string, char buffer[PROF__FRAME_NAME_BYTES + 8])
{
    if (string == NULL || !PyUnicode_Check(string)) {
        return "?";
    }
    if (PyUnicode_IS_COMPACT_ASCII(string)) {
        return (const char *)((PyASCIIObject *)string + 1);
    }
    const void *data = PyUnicode_DATA(string);
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    size_t used = 0;
    for (Py_ssize_t i = 0; i < length && used <= PROF__FRAME_NAME_BYTES; i++) {
        size_t bytes = encode(PyUnicode_READ(PyUnicode_KIND(string), data, i), buffer + used);
        if (bytes == 0) {
            return "?";
        }
        used += bytes;
    }
    buffer[used] = '\0';
    return buffer;
}

static uint32_t
intern(code_names *names, const PyCodeObject *code)
{
    prof_frame frame = {
        .name = text_of(code->co_qualname, names->name),
        .file = text_of(code->co_filename, names->file),
        .line = code->co_firstlineno < 0 ? 0 : (uint32_t)code->co_firstlineno,
        .kind = PROF_KIND_PYTHON,
    };
    uint32_t frame_id = PROF__FRAME_OVERFLOW;
    if (source_hides(names->source, frame.file)) {
        return PROF__FRAME_HIDDEN;
    }
    (void)prof__frame_table_intern(&names->session->frames, &frame, &frame_id);
    return frame_id;
}

/* All instructions of a code have its frame; its own address is the key of that. */
static uint32_t
frame_of(code_names *names, const PyCodeObject *code)
{
    uint64_t key = (uint64_t)(uintptr_t)code;
    uint32_t frame_id = prof__frame_table_find(&names->session->frames, key);
    if (frame_id != PROF__FRAME_NONE) {
        return frame_id;
    }
    frame_id = intern(names, code);
    if (frame_id != PROF__FRAME_OVERFLOW) {
        (void)prof__frame_table_bind(&names->session->frames, key, frame_id,
                                     code_lines_at(code, -1));
    }
    return frame_id;
}

/* What has no room in the table is an overflow frame this time, and is asked for again the next time. */
prof__place
code_names_place(void *context, uint32_t index)
{
    code_names *names = context;
    const frames_entry *entry = &names->entries[index];
    if (sampled_spans_is_span(entry)) {
        return (prof__place){.frame_id = (uint32_t)entry->frame};
    }
    prof__frame_table *table = &names->session->frames;
    const prof__key_slot *slot = prof__frame_table_slot(table, names->keys[index]);
    if (slot != NULL) {
        return (prof__place){.frame_id = slot->frame_id, .line = slot->note};
    }
    prof__place place = {.frame_id = frame_of(names, entry->code),
                         .line = code_lines_at(entry->code, entry->offset)};
    if (place.frame_id != PROF__FRAME_OVERFLOW) {
        (void)prof__frame_table_bind(table, names->keys[index], place.frame_id, place.line);
    }
    return place;
}
