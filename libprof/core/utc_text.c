/* SPDX-License-Identifier: MIT */
#include "utc_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SECONDS_PER_DAY 86400u
#define SECONDS_TO_10000 INT64_C(253402300800) /* from 1970 on */

typedef struct date {
    uint32_t year;
    uint32_t month; /* from 1 on, as the day */
    uint32_t day;
} date;

static bool
is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t
days_of_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Year by year and month by month: some seventy steps in our days, once a session. */
static date
date_of(uint32_t days)
{
    date found = {.year = 1970, .month = 1};
    while (days >= (is_leap(found.year) ? 366u : 365u)) {
        days -= is_leap(found.year) ? 366u : 365u;
        found.year++;
    }
    while (days >= days_of_month(found.year, found.month)) {
        days -= days_of_month(found.year, found.month);
        found.month++;
    }
    found.day = days + 1;
    return found;
}

void
prof__utc_text(const struct timespec *moment, char text[PROF__UTC_TEXT_BYTES])
{
    static const struct timespec beginning;
    if (moment->tv_sec < 0 || (int64_t)moment->tv_sec >= SECONDS_TO_10000) {
        moment = &beginning;
    }
    uint64_t seconds = (uint64_t)moment->tv_sec;
    date day = date_of((uint32_t)(seconds / SECONDS_PER_DAY));
    uint32_t rest = (uint32_t)(seconds % SECONDS_PER_DAY);
    (void)snprintf(text, PROF__UTC_TEXT_BYTES,
                   "%04" PRIu32 "-%02" PRIu32 "-%02" PRIu32 "T%02" PRIu32 ":%02" PRIu32
                   ":%02" PRIu32 ".%06" PRIu32 "Z",
                   day.year, day.month, day.day, rest / 3600, rest / 60 % 60, rest % 60,
                   (uint32_t)moment->tv_nsec / 1000);
}
