/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

#include <time.h>

#define FORM "dddd-dd-ddTdd:dd:dd.ddddddZ" /* each d stands for a digit */

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_US 1000

static bool
has_form(const char *text)
{
    for (const char *form = FORM; *form != '\0'; form++, text++) {
        bool fits = *form == 'd' ? *text >= '0' && *text <= '9' : *text == *form;
        if (!fits) {
            return false;
        }
    }
    return *text == '\0';
}

static int
digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Broken down into fields; timegm would also take the 45th of a month. */
static bool
parse(const char *text, struct tm *utc)
{
    if (!has_form(text)) {
        return false;
    }
    *utc = (struct tm){
        .tm_year = digits(text, 4) - 1900,
        .tm_mon = digits(text + 5, 2) - 1,
        .tm_mday = digits(text + 8, 2),
        .tm_hour = digits(text + 11, 2),
        .tm_min = digits(text + 14, 2),
        .tm_sec = digits(text + 17, 2),
    };
    const struct tm wanted = *utc;
    (void)timegm(utc); /* brings fields that are out of their range into it */
    return utc->tm_year == wanted.tm_year && utc->tm_mon == wanted.tm_mon &&
           utc->tm_mday == wanted.tm_mday && utc->tm_hour == wanted.tm_hour &&
           utc->tm_min == wanted.tm_min && utc->tm_sec == wanted.tm_sec;
}

bool
prof__timestamp_is_valid(const char *text)
{
    struct tm utc;
    return parse(text, &utc);
}

int64_t
prof__timestamp_unix_ns(const char *text)
{
    struct tm utc;
    if (!parse(text, &utc)) {
        return 0;
    }
    int64_t seconds = timegm(&utc);
    if (seconds <= INT64_MIN / NS_PER_SECOND || seconds >= INT64_MAX / NS_PER_SECOND) {
        return 0; /* before 1677 or after 2262 */
    }
    return seconds * NS_PER_SECOND + (int64_t)digits(text + 20, 6) * NS_PER_US;
}
