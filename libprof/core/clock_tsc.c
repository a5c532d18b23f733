/* SPDX-License-Identifier: MIT */
/*
 * The hardware counter: about 10 ns a reading against 25 for clock_gettime.
 *
 * It is trusted only where the kernel itself keeps time with it: then it runs at one rate on all cores,
 * through frequency changes and sleep states. Elsewhere (old CPUs, some hypervisors) times would jump when
 * a thread changes its core, so the POSIX clock is used.
 */
#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* Two pairs this far apart are known to about 50 ns each, so the rate is right within 0.005 %. */
#define CALIBRATION_NS UINT64_C(2000000)

/*
 * Reading the CPU clock takes 200 to 600 ns or more. It is worth that after gaps some times as long: a tenth of them at
 * most is spent so, and a wait that is shorter passes for computing. Below 1 us gaps are Python's own between two calls.
 */
#define CPU_READS_A_GAP 10.0
#define LEAST_CPU_GAP_NS 1000.0
#define CPU_READS 16

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool sound;
static double ticks_per_ns = 1.0;
static double cpu_gap_ns;

#if defined(__x86_64__)

#define CPUID_POWER_MANAGEMENT 0x80000007u
#define INVARIANT_TSC (1u << 8)

static bool
counter_is_invariant(void)
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(CPUID_POWER_MANAGEMENT, &eax, &ebx, &ecx, &edx) != 0 &&
           (edx & INVARIANT_TSC) != 0;
}

static bool
kernel_uses_counter(void)
{
    char source[32] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(source, sizeof(source), file) != NULL;
    (void)fclose(file);
    return read && strncmp(source, "tsc", 3) == 0;
}

static bool
counter_is_sound(void)
{
    return counter_is_invariant() && kernel_uses_counter();
}

#else

/* The architecture promises the virtual counter's constant rate (Arm ARM, "Generic Timer"). */
static bool
counter_is_sound(void)
{
    return true;
}

#endif

static uint64_t
counter_ticks(void *context)
{
    (void)context;
    return prof__counter();
}

/* By the least of some readings, in the ticks that the clock has. */
static double
measure_cpu_gap_ns(const prof_clock *clock)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < CPU_READS; i++) {
        uint64_t began = prof__clock_ticks(clock);
        (void)clock->cpu_ns(clock->context);
        uint64_t ticks = prof__clock_ticks(clock) - began;
        least = ticks < least ? ticks : least;
    }
    double gap_ns = CPU_READS_A_GAP * (double)least / clock->ticks_per_ns;
    if (gap_ns > PROF__CPU_GAP_NS) {
        return PROF__CPU_GAP_NS;
    }
    return gap_ns > LEAST_CPU_GAP_NS ? gap_ns : LEAST_CPU_GAP_NS;
}

static prof_clock
counter_clock(double rate)
{
    prof_clock clock = prof_clock_posix();
    clock.name = "tsc";
    clock.ticks = counter_ticks;
    clock.ticks_per_ns = rate;
    clock.is_tsc = true;
    return clock;
}

static void
measure_rate(void)
{
    prof_clock counter = counter_clock(1.0);
    uint64_t first_ns, first, last_ns, last;
    prof__clock_pair(&counter, &first, &first_ns);
    do {
        prof__clock_pair(&counter, &last, &last_ns);
    } while (last_ns - first_ns < CALIBRATION_NS);
    ticks_per_ns = (double)(last - first) / (double)(last_ns - first_ns);
}

static prof_clock
best(void)
{
    prof_clock clock = sound ? counter_clock(ticks_per_ns) : prof_clock_posix();
    clock.cpu_gap_ns = cpu_gap_ns;
    return clock;
}

static void
calibrate(void)
{
    sound = counter_is_sound();
    if (sound) {
        measure_rate();
    }
    prof_clock clock = best();
    cpu_gap_ns = measure_cpu_gap_ns(&clock);
}

prof_clock
prof_clock_best(void)
{
    (void)pthread_once(&once, calibrate);
    return best();
}
