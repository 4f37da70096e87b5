/* The physical limit of a fan-out: the upgrade, then one send(2) of one ready frame to every socket for every post. Nothing else.
 *
 *   send_limit
 *
 * Prints `port N`. Every line on stdin is a post and goes to all, as one text frame; the end of stdin ends the program.
 * No parser, no store, no JSON, no pings, one thread. It knows only the sample key of RFC 6455 1.3, which the crowd client
 * sends. A socket that does not take a whole frame is closed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FD 32768
#define MAX_POST 65535
#define ANSWER                                                                                                        \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                                \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

static int poller, listener;
static int viewers[MAX_FD], place[MAX_FD], count; /* the sockets that are in; where each stands among them, -1: not in */

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) perror("epoll_ctl");
}

static void leave(int fd) {
    if (place[fd] >= 0) {
        viewers[place[fd]] = viewers[--count];
        place[viewers[place[fd]]] = place[fd];
        place[fd] = -1;
    }
    close(fd);
}

static void let_in(int fd) {
    send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL);
    place[fd] = count;
    viewers[count++] = fd;
}

static void accept_all(void) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MAX_FD) {
            close(fd);
            continue;
        }
        place[fd] = -1;
        watch(fd);
    }
}

/* A request comes whole (it is under 1 KB, on loopback); later bytes are pongs and closes, and only their end matters. */
static void read_viewer(int fd) {
    char text[4096];
    ssize_t n = recv(fd, text, sizeof text, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) leave(fd);
    } else if (place[fd] < 0) {
        let_in(fd);
    }
}

static void publish(const char *post, size_t n) {
    static unsigned char frame[4 + MAX_POST];
    size_t head = n < 126 ? 2 : 4;
    frame[0] = 0x81;
    frame[1] = n < 126 ? (unsigned char)n : 126;
    if (head == 4) {
        frame[2] = (unsigned char)(n >> 8);
        frame[3] = (unsigned char)n;
    }
    memcpy(frame + head, post, n);
    for (int i = count - 1; i >= 0; i--)
        if (send(viewers[i], frame, head + n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)(head + n)) leave(viewers[i]);
}

static void read_posts(void) {
    static char text[1 << 20];
    static size_t length;
    ssize_t n = read(0, text + length, sizeof text - length);
    if (n <= 0) exit(0);
    length += n;
    char *line = text, *end;
    for (; (end = memchr(line, '\n', text + length - line)); line = end + 1)
        publish(line, end - line > MAX_POST ? MAX_POST : end - line);
    length -= line - text;
    memmove(text, line, length);
}

static void listen_on_free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) {
        perror("listen");
        exit(1);
    }
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(void) {
    struct epoll_event events[512];
    poller = epoll_create1(EPOLL_CLOEXEC);
    listen_on_free_port();
    watch(listener);
    watch(0);
    for (;;) {
        int n = epoll_wait(poller, events, 512, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == 0) read_posts();
            else if (events[i].data.fd == listener) accept_all();
            else read_viewer(events[i].data.fd);
        }
    }
}
