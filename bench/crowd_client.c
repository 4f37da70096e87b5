/* A crowd of viewers for benchmarks: thousands of WebSocket clients to 127.0.0.1 in one thread, told what to do by lines.
 *
 *   crowd_client PORT PATH SOURCES [HEADER ...]
 *
 * PATH is the request's path with its query, SOURCES how many source addresses are used (127.0.0.2 and up, a viewer each
 * in turn: ports and the server's limit per address), a HEADER is `Name: value`. Needs an open file for each viewer.
 *
 * Lines on stdin (the end of stdin ends the program; between lines it idles: it reads, and answers pings and closes):
 *   outstanding N   how many connects may be under way at once (128)
 *   connect N       N more viewers; when each is in or refused (or after 60 s): {"event": "connected", …}
 *   reconnect       all who are out come back with `epoch` and `seq` of where they stand; {"event": "connected", …}
 *   drop rst|close  all leave at once, with a reset or with a close frame; {"event": "dropped", …}
 *   stall N         the first N viewers that still read stop reading, with a small receive buffer; {"event": "stalled", …}
 *                   (that the server has cut them they see only when they wake: until then ask the server)
 *   wake            all who stalled read again; {"event": "awake", …}
 *   phase NAME      counters and latencies begin anew; {"event": "phase", …}
 *   report          {"event": "report", …}: the phase so far, as print_report() writes it
 *
 * A stamp is `stamp:<19 digits: CLOCK_MONOTONIC in ns>:<number>:` anywhere in a data frame; numbers rise from 1. One frame
 * may hold many, each is a delivery. When all who read have had number k: `done k <CLOCK_MONOTONIC ns>`.
 *   deliveries  first sights of a number of this phase; their latency is stamp to recv(2) returning
 *   duplicates  a number seen before; late: first sight of a number of an earlier phase
 *   lost        for every viewer that reads: numbers of this phase that others have had and it has not (yet)
 * Stamps in a frame of kind `snapshot` are taken as had, without latency. `changes` frames that are wholly old news count
 * as `old`, those that leave a hole as `gaps`. Closed: by close code, 1006 without a close frame. Refused: by HTTP status,
 * 0 for no answer. A message in several frames is scanned frame by frame: a stamp across two of them would be lost.
 * Memory is bounded by the viewers: 4,096 numbers are remembered, frames may have 4 MiB.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crowd_tally.h"

#define MAX_VIEWERS 20000
#define MAX_FRAME (4 << 20)
#define SHARED (256 << 10)  /* bytes of one read */
#define HEAD_MAX 4096
#define CONNECT_NS 60000000000LL
#define CODES 65536
#define STDIN_EVENT UINT32_MAX
/* The sample of RFC 6455 1.3: a key is no secret, and a fixed one lets us check the answer. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static Viewer *viewers;
static int count;                          /* slots in use */
static uint32_t closed[CODES], refused[1000];
static int queue[MAX_VIEWERS], queued, next_queued, under_way, outstanding = 128, sources;
static int64_t batch_began;                /* 0: no connects under way */
static int poller;
static uint16_t port;
static const char *path;
static char extra[2048];
static unsigned char shared[SHARED];

/* ---- frames ----------------------------------------------------------------------------------- */

static const char *digits(const char *at, const char *end, int64_t *value) {
    const char *start = at;
    for (*value = 0; at < end && *at >= '0' && *at <= '9' && at - start < 19; at++) *value = *value * 10 + (*at - '0');
    return at > start ? at : NULL;
}

static int64_t number_after(const char *at, size_t n, const char *name) {
    const char *found = memmem(at, n < 256 ? n : 256, name, strlen(name));
    int64_t value = -1;
    return found && digits(found + strlen(name), at + n, &value) ? value : -1;
}

static void take_stamps(Viewer *v, const char *at, const char *end, bool snapshot, int64_t now) {
    int64_t stamp, number;
    while ((at = memmem(at, end - at, "stamp:", 6))) {
        const char *next = digits(at += 6, end, &stamp);
        if (next != at + 19 || next == end || *next != ':' || !(next = digits(next + 1, end, &number)) || number < 1)
            continue;
        if (snapshot) mark(v, number);
        else delivered(v, stamp, number, now);
        at = next;
    }
}

static void take_snapshot_head(Viewer *v, const char *text, size_t n) {
    const char *start = memmem(text, n < 256 ? n : 256, "\"epoch\":\"", 9);
    const char *end = start ? memchr(start + 9, '"', sizeof v->epoch) : NULL;
    if (!end) return;
    snprintf(v->epoch, sizeof v->epoch, "%.*s", (int)(end - start - 9), start + 9);
    v->seq = number_after(text, n, "\"seq\":");
}

static void take_changes_head(Viewer *v, const char *text, size_t n) {
    int64_t from = number_after(text, n, "\"from\":"), seq = number_after(text, n, "\"seq\":");
    if (seq <= v->seq) {
        phase.old++;
        return;
    }
    if (v->seq >= 0 && from > v->seq) phase.gaps++;
    v->seq = seq;
}

static bool is_kind(const char *text, size_t n, const char *head) {
    return n > strlen(head) && memcmp(text, head, strlen(head)) == 0;
}

static void take_data(Viewer *v, const char *text, size_t n, int64_t now) {
    bool snapshot = is_kind(text, n, "{\"kind\":\"snapshot\"");
    phase.frames++;
    if (snapshot) {
        phase.snapshots++;
        take_snapshot_head(v, text, n);
    } else if (is_kind(text, n, "{\"kind\":\"changes\"")) {
        take_changes_head(v, text, n);
    } else if (is_kind(text, n, "{\"kind\":\"pulse\"")) {
        phase.pulses++;
    }
    take_stamps(v, text, text + n, snapshot, now);
    if (snapshot && v->top > v->base) v->base = v->top;
}

/* A control frame to the server; clients mask (here with zeros). Nothing else is ever sent, so it fits. */
static void send_control(Viewer *v, unsigned char opcode, const void *payload, size_t n) {
    unsigned char frame[6 + 125] = {0x80 | opcode, 0x80 | (unsigned char)n};
    memcpy(frame + 6, payload, n);
    if (send(v->fd, frame, 6 + n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE && errno != ECONNRESET)
        perror("send of a control frame");
}

static void forget_socket(Viewer *v) {
    if (v->state == OPEN && !v->stalled) {
        v->state = OUT;
        count_in(v, -1);
    }
    if (v->state == CONNECTING || v->state == UPGRADING) under_way--;
    v->state = OUT;
    v->stalled = false;
    close(v->fd);
    v->fd = -1;
    free(v->held);
    v->held = NULL;
    v->held_len = 0;
}

static void ended(Viewer *v, unsigned code) {
    if (v->state == OPEN) closed[code]++;
    else refused[0]++;
    forget_socket(v);
}

static void take_frame(Viewer *v, const unsigned char *frame, size_t head, size_t size, int64_t now) {
    const unsigned char *payload = frame + head;
    size_t n = size - head;
    switch (frame[0] & 15) {
    case 8:
        send_control(v, 8, payload, n > 125 ? 0 : n);
        ended(v, n >= 2 ? (unsigned)(payload[0] << 8 | payload[1]) : 1005);
        break;
    case 9:
        phase.pings++;
        send_control(v, 10, payload, n > 125 ? 0 : n);
        break;
    case 10:
        break;
    default:
        take_data(v, (const char *)payload, n, now);
    }
}

/* ---- reading ---------------------------------------------------------------------------------- */

static size_t head_size(const unsigned char *p, size_t n) {
    if (n < 2) return 2;
    return (p[1] & 127) == 126 ? 4 : (p[1] & 127) == 127 ? 10 : 2;
}

/* Bytes of the frame whose head is complete. */
static size_t frame_size(const unsigned char *p, size_t n) {
    size_t head = head_size(p, n), size = 0;
    if (head == 2) return head + (p[1] & 127);
    for (size_t i = 2; i < head; i++) size = size << 8 | p[i];
    return size > MAX_FRAME ? SIZE_MAX : head + size;
}

static bool is_whole(const unsigned char *p, size_t n) {
    return n >= head_size(p, n) && n >= frame_size(p, n);
}

/* What is wanted next: the whole frame, or its head while that is not complete. */
static size_t wanted(const unsigned char *p, size_t n) {
    size_t head = head_size(p, n);
    return n < head ? head : frame_size(p, n);
}

/* Room for what is wanted; a frame that is too large ends the viewer. */
static bool make_held(Viewer *v, size_t size) {
    if (size > MAX_FRAME + HEAD_MAX) {
        fprintf(stderr, "a frame of more than %d bytes\n", MAX_FRAME);
        ended(v, 1009);
        return false;
    }
    v->held = realloc(v->held, size);
    return true;
}

static void keep(Viewer *v, const unsigned char *p, size_t n) {
    if (!make_held(v, wanted(p, n))) return;
    memcpy(v->held, p, n);
    v->held_len = n;
}

static void take_bytes(Viewer *v, const unsigned char *p, size_t n, int64_t now) {
    while (v->state == OPEN && n > 0 && is_whole(p, n)) {
        size_t size = frame_size(p, n);
        take_frame(v, p, head_size(p, n), size, now);
        p += size;
        n -= size;
    }
    if (v->state == OPEN && n > 0) keep(v, p, n);
}

/* Reads what the held frame still wants, and no more. */
static ssize_t read_held(Viewer *v) {
    size_t missing = wanted(v->held, v->held_len) - v->held_len;
    ssize_t n = recv(v->fd, v->held + v->held_len, missing, MSG_DONTWAIT);
    if (n <= 0) return n;
    v->held_len += n;
    if (is_whole(v->held, v->held_len)) {
        unsigned char *frame = v->held;
        size_t whole = v->held_len;
        v->held = NULL;
        v->held_len = 0;
        take_frame(v, frame, head_size(frame, whole), whole, now_ns());
        free(frame);
    } else {
        make_held(v, wanted(v->held, v->held_len));
    }
    return n;
}

static ssize_t read_shared(Viewer *v) {
    ssize_t n = recv(v->fd, shared, SHARED, MSG_DONTWAIT);
    if (n > 0) take_bytes(v, shared, n, now_ns());
    return n;
}

static void read_frames(Viewer *v) {
    ssize_t n = v->held ? read_held(v) : read_shared(v);
    if (n > 0) phase.bytes += n;
    else if (n == 0 || errno != EAGAIN) ended(v, 1006);
}

/* ---- coming in -------------------------------------------------------------------------------- */

static void watch(Viewer *v, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(v - viewers)};
    if (epoll_ctl(poller, operation, v->fd, &event) < 0) perror("epoll_ctl");
}

static void send_request(Viewer *v) {
    char request[HEAD_MAX], position[96] = "";
    if (v->seq >= 0 && v->epoch[0])
        snprintf(position, sizeof position, "%cepoch=%s&seq=%ld", strchr(path, '?') ? '&' : '?', v->epoch, (long)v->seq);
    int n = snprintf(request, sizeof request,
                     "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                     path, position, port, extra);
    v->state = UPGRADING;
    v->held = malloc(HEAD_MAX);
    v->held_len = 0;
    watch(v, EPOLL_CTL_MOD, EPOLLIN);
    if (send(v->fd, request, n, MSG_NOSIGNAL) != n) ended(v, 1006);
}

static void start_connect(Viewer *v) {
    int on = 1;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + (v - viewers) % sources)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    v->state = CONNECTING;
    under_way++;
    v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(v->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (v->fd < 0 || bind(v->fd, (struct sockaddr *)&from, sizeof from) < 0 ||
        (connect(v->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)) {
        perror("connect");
        ended(v, 1006);
        return;
    }
    watch(v, EPOLL_CTL_ADD, EPOLLOUT);
}

static void enter(Viewer *v, const unsigned char *rest, size_t n) {
    memcpy(shared, rest, n);
    free(v->held);
    v->held = NULL;
    v->held_len = 0;
    under_way--;
    v->state = OPEN;
    if (v->seq < 0) v->base = newest; /* what was before is not missed */
    count_in(v, 1);
    phase.bytes += n;
    take_bytes(v, shared, n, now_ns());
}

static void read_answer(Viewer *v) {
    ssize_t n = recv(v->fd, v->held + v->held_len, HEAD_MAX - 1 - v->held_len, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) ended(v, 1006);
        return;
    }
    v->held_len += n;
    v->held[v->held_len] = 0;
    char *end = strstr((char *)v->held, "\r\n\r\n");
    if (!end && v->held_len < HEAD_MAX - 1) return;
    int status = strncmp((char *)v->held, "HTTP/1.1 ", 9) == 0 ? atoi((char *)v->held + 9) : 0;
    if (status == 101 && end && strstr((char *)v->held, ACCEPT)) {
        unsigned char *rest = (unsigned char *)end + 4;
        enter(v, rest, v->held + v->held_len - rest);
    } else {
        refused[status > 0 && status < 1000 ? status : 0]++;
        forget_socket(v);
    }
}

static void on_event(Viewer *v, uint32_t events) {
    int fault = 0;
    socklen_t size = sizeof fault;
    if (v->state == OUT) return;
    if (v->state == CONNECTING) {
        getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault || events & EPOLLERR) ended(v, 1006);
        else send_request(v);
    } else if (v->state == UPGRADING) {
        read_answer(v);
    } else if (v->stalled) {
        if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) ended(v, 1006);
    } else {
        read_frames(v);
    }
}

/* ---- telling ---------------------------------------------------------------------------------- */

static void print_codes(const char *name, const uint32_t *codes, int n) {
    const char *comma = "";
    printf(", \"%s\": {", name);
    for (int code = 0; code < n; code++)
        if (codes[code]) {
            printf("%s\"%d\": %u", comma, code, codes[code]);
            comma = ", ";
        }
    printf("}");
}

static void print_event(const char *name, int64_t took_ns) {
    int open = 0, stalled = 0;
    for (int i = 0; i < count; i++) {
        open += viewers[i].state == OPEN;
        stalled += viewers[i].stalled;
    }
    printf("{\"event\": \"%s\", \"viewers\": %d, \"open\": %d, \"stalled\": %d, \"ns\": %ld", name, count, open, stalled,
           (long)took_ns);
    print_codes("closed", closed, CODES);
    print_codes("refused", refused, 1000);
}

static void end_event(void) {
    printf("}\n");
    fflush(stdout);
}

static uint64_t lost(void) {
    uint64_t sum = 0;
    for (Viewer *v = viewers; v < viewers + count; v++) {
        if (v->state != OPEN || v->stalled) continue;
        int64_t from = v->base > phase.base ? v->base : phase.base;
        if (from < newest - RING) from = newest - RING;
        for (int64_t n = from + 1; n <= newest; n++) sum += n > v->top || !(n > v->top - RING && has(v, n));
    }
    return sum;
}

static void print_report(void) {
    print_event("report", now_ns() - phase.began);
    printf(", \"phase\": \"%s\", \"deliveries\": %lu, \"duplicates\": %lu, \"late\": %lu, \"lost\": %lu", phase.name,
           phase.deliveries, phase.duplicates, phase.late, lost());
    printf(", \"frames\": %lu, \"bytes\": %lu, \"old\": %lu, \"gaps\": %lu, \"snapshots\": %lu, \"pulses\": %lu, \"pings\": %lu",
           phase.frames, phase.bytes, phase.old, phase.gaps, phase.snapshots, phase.pulses, phase.pings);
    printf(", \"newest\": %ld, \"settled\": %ld, \"first_ns\": %ld, \"last_ns\": %ld", (long)newest, (long)settled,
           (long)phase.first, (long)phase.last);
    printf(", \"p50_ns\": %ld, \"p90_ns\": %ld, \"p99_ns\": %ld, \"max_ns\": %ld", (long)percentile(0.5),
           (long)percentile(0.9), (long)percentile(0.99), (long)phase.max_ns);
    end_event();
}

/* ---- doing what the lines say ----------------------------------------------------------------- */

static void begin_batch(void) {
    batch_began = now_ns();
    queued = next_queued = 0;
    for (int i = 0; i < count; i++)
        if (viewers[i].state == OUT) queue[queued++] = i;
}

static void connect_more(int n) {
    for (; n > 0 && count < MAX_VIEWERS; n--) viewers[count++] = (Viewer){.fd = -1, .seq = -1};
    begin_batch();
}

static void give_up(void) {
    for (; next_queued < queued; next_queued++) refused[0]++;
    for (Viewer *v = viewers; v < viewers + count; v++)
        if (v->state == CONNECTING || v->state == UPGRADING) ended(v, 1006);
}

static void go_on_connecting(void) {
    if (!batch_began) return;
    if (now_ns() - batch_began > CONNECT_NS) give_up();
    while (under_way < outstanding && next_queued < queued) start_connect(&viewers[queue[next_queued++]]);
    if (under_way > 0 || next_queued < queued) return;
    print_event("connected", now_ns() - batch_began);
    end_event();
    batch_began = 0;
}

static void drop_all(bool reset) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int64_t began = now_ns();
    for (Viewer *v = viewers; v < viewers + count; v++) {
        if (v->state == OUT) continue;
        if (reset) setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        else if (v->state == OPEN) send_control(v, 8, "\x03\xe9", 2);
        forget_socket(v);
    }
    print_event("dropped", now_ns() - began);
    end_event();
}

static void stall(int n) {
    int small = 4096;
    for (Viewer *v = viewers; v < viewers + count && n > 0; v++) {
        if (v->state != OPEN || v->stalled) continue;
        setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        watch(v, EPOLL_CTL_MOD, EPOLLRDHUP);
        v->stalled = true;
        count_in(v, -1);
        n--;
    }
    print_event("stalled", 0);
    end_event();
}

static void wake(void) {
    int roomy = SHARED;
    for (Viewer *v = viewers; v < viewers + count; v++) {
        if (!v->stalled) continue;
        v->stalled = false;
        count_in(v, 1);
        setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &roomy, sizeof roomy);
        watch(v, EPOLL_CTL_MOD, EPOLLIN);
    }
    print_event("awake", 0);
    end_event();
}

static void begin_phase(const char *name) {
    memset(&phase, 0, sizeof phase);
    snprintf(phase.name, sizeof phase.name, "%s", name);
    phase.began = now_ns();
    phase.base = newest;
    print_event("phase", 0);
    end_event();
}

static void obey(char *line) {
    char word[16] = "", argument[32] = "";
    sscanf(line, "%15s %31s", word, argument);
    if (!strcmp(word, "outstanding")) outstanding = atoi(argument);
    else if (!strcmp(word, "connect")) connect_more(atoi(argument));
    else if (!strcmp(word, "reconnect")) begin_batch();
    else if (!strcmp(word, "drop")) drop_all(!strcmp(argument, "rst"));
    else if (!strcmp(word, "stall")) stall(atoi(argument));
    else if (!strcmp(word, "wake")) wake();
    else if (!strcmp(word, "phase")) begin_phase(argument);
    else if (!strcmp(word, "report")) print_report();
    else fprintf(stderr, "no such command: %s\n", line);
}

static void read_lines(void) {
    static char text[4096];
    static size_t length;
    ssize_t n = read(0, text + length, sizeof text - 1 - length);
    if (n <= 0) exit(0);
    text[length += n] = 0;
    char *line = text, *end;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        obey(line);
    }
    length -= line - text;
    memmove(text, line, length);
}

static void set_up(int argc, char **argv) {
    if (argc < 4 || atoi(argv[3]) < 1 || atoi(argv[3]) > 200) {
        fprintf(stderr, "usage: crowd_client PORT PATH SOURCES(1-200) [HEADER ...]\n");
        exit(2);
    }
    port = (uint16_t)atoi(argv[1]);
    path = argv[2];
    sources = atoi(argv[3]);
    for (int i = 4; i < argc; i++) {
        strncat(extra, argv[i], sizeof extra - strlen(extra) - 1);
        strncat(extra, "\r\n", sizeof extra - strlen(extra) - 1);
    }
    viewers = calloc(MAX_VIEWERS, sizeof *viewers);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = STDIN_EVENT};
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event);
}

int main(int argc, char **argv) {
    struct epoll_event events[512];
    set_up(argc, argv);
    for (;;) {
        int n = epoll_wait(poller, events, 512, batch_began ? 100 : -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.u32 == STDIN_EVENT) read_lines();
            else on_event(&viewers[events[i].data.u32], events[i].events);
        }
        go_on_connecting();
    }
}
