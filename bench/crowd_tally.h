/* What the crowd has had: per viewer which numbers, per phase how many and how late, and when all have had one. */
#ifndef CROWD_TALLY_H
#define CROWD_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define RING 4096           /* numbers remembered */
#define STEPS 128           /* latency buckets to a doubling: under 1 % */
#define BUCKETS (64 * STEPS)

enum state { OUT, CONNECTING, UPGRADING, OPEN };

typedef struct {
    int fd;
    enum state state;
    bool stalled;
    unsigned char *held; /* what came of an incomplete frame or answer */
    size_t held_len;
    char epoch[40];
    int64_t seq;         /* -1: nowhere */
    int64_t top, base;   /* highest number had; numbers up to base are not missed */
    uint64_t seen[RING / 64];
} Viewer;

static struct {
    char name[32];
    int64_t began, base, first, last, max_ns;
    uint64_t deliveries, duplicates, late, frames, bytes, old, gaps, snapshots, pulses, pings;
    uint64_t buckets[BUCKETS];
} phase;

static int reading;                        /* viewers that are open and not stalled */
static int64_t newest, settled;            /* highest number seen by anyone; all up to here are done */
static int32_t had[RING];
static bool is_done[RING];

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* ---- numbers: who has had what ---------------------------------------------------------------- */

static bool has(const Viewer *v, int64_t number) {
    return v->seen[number % RING / 64] >> (number % 64) & 1;
}

static void settle(int64_t number) {
    if (is_done[number % RING] || reading == 0 || had[number % RING] < reading) return;
    is_done[number % RING] = true;
    while (settled < newest && is_done[(settled + 1) % RING]) settled++;
    printf("done %ld %ld\n", (long)number, (long)now_ns());
    fflush(stdout);
}

static void settle_all(void) {
    for (int64_t n = settled + 1; n <= newest; n++) settle(n);
}

/* A viewer begins (+1) or ceases (-1) to count for `done`. */
static void count_in(const Viewer *v, int step) {
    reading += step;
    for (int64_t n = settled + 1; n <= v->top; n++)
        if (n > v->top - RING && has(v, n)) had[n % RING] += step;
    settle_all();
}

static void make_room(int64_t number) {
    if (number - newest > RING) newest = number - RING;
    while (newest < number) {
        newest++;
        had[newest % RING] = 0;
        is_done[newest % RING] = false;
    }
    if (settled < newest - RING) settled = newest - RING;
}

/* True when this viewer sees the number for the first time. */
static bool mark(Viewer *v, int64_t number) {
    if (number > newest) make_room(number);
    if (number <= v->top - RING || (number <= v->top && has(v, number))) return false;
    if (number - v->top > RING) v->top = number - RING;
    while (v->top < number) {
        v->top++;
        v->seen[v->top % RING / 64] &= ~(1ULL << (v->top % 64));
    }
    v->seen[number % RING / 64] |= 1ULL << (number % 64);
    if (number > newest - RING) {
        had[number % RING]++;
        settle(number);
    }
    return true;
}

/* ---- latencies -------------------------------------------------------------------------------- */

static int bucket_of(int64_t ns) {
    if (ns < STEPS) return ns < 0 ? 0 : (int)ns;
    int shift = 63 - __builtin_clzll((uint64_t)ns) - 7;
    return (shift + 1) * STEPS + (int)(ns >> shift) - STEPS;
}

static int64_t bucket_top(int bucket) {
    if (bucket < STEPS) return bucket;
    int shift = bucket / STEPS - 1;
    return ((int64_t)(bucket % STEPS + STEPS + 1) << shift) - 1;
}

static int64_t percentile(double share) {
    uint64_t rank = (uint64_t)(share * (double)phase.deliveries), sum = 0;
    for (int b = 0; b < BUCKETS; b++)
        if ((sum += phase.buckets[b]) > rank) return bucket_top(b) < phase.max_ns ? bucket_top(b) : phase.max_ns;
    return phase.max_ns;
}

static void delivered(Viewer *v, int64_t stamp, int64_t number, int64_t now) {
    if (!mark(v, number)) {
        phase.duplicates++;
    } else if (number <= phase.base) {
        phase.late++;
    } else {
        int64_t took = now - stamp;
        phase.deliveries++;
        phase.buckets[bucket_of(took)]++;
        if (took > phase.max_ns) phase.max_ns = took;
        if (phase.first == 0) phase.first = now;
        phase.last = now;
    }
}

#endif
