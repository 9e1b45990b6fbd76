/* hostile_line.h - one TLS connection of a device that means harm: raw bytes out, the status of an
 * answer back. Blocking, with a time-out; one thread a line. */
#ifndef HOSTILE_LINE_H
#define HOSTILE_LINE_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_URL_SIZE 512u

typedef struct line_place {
    char host[LINE_URL_SIZE];
    char port[8];
    SSL_CTX *device;    /* shows the device's certificate */
    SSL_CTX *anonymous; /* shows none */
    uint32_t from;      /* the IPv4 address to come from; 0 = the system's choice */
} line_place;

/* Of the agent whose data folder this is; ends the program when it is none. */
void line_find(line_place *place, const char *data);
void line_forget(line_place *place);

typedef struct line {
    SSL *ssl;
    int socket;
} line;

/* 0 when it could not be opened. context NULL: TCP alone. */
int line_open(line *l, const line_place *place, SSL_CTX *context);
void line_close(line *l);
/* 0 when the other end does not take it (any more). */
int line_send(line *l, const void *data, size_t size);
/* The status of one whole answer, whose body is passed over; 0 when none came. */
unsigned line_answer(line *l);
/* A whole request; opens the line first when it is closed, and closes it when it broke. */
unsigned line_post(line *l, const line_place *place, const char *path, const void *body,
                   size_t size);

#endif
