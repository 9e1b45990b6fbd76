/* kinmu/base.h - export macros, status codes, limits and the error slot shared by every SDK header.
 *
 * What crosses the plugin boundary is plain C11: fixed-width integers, pointers, and structs that
 * begin with `struct_size`. No bool, enum, long, time_t, FILE* and no library type ever crosses it.
 * Thread tags used in every contract below:
 *   [turn]  the host calls one function of the instance at a time, always on the same OS thread;
 *           a turn lasts at most 50 ms and never waits for anything
 *   [any]   any thread of the plugin, also inside a job
 *   [job]   inside a work/1 job, an export or the command line; may block
 */
#ifndef KINMU_BASE_H
#define KINMU_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define KINMU_EXPORT __declspec(dllexport)
#else
#define KINMU_EXPORT __attribute__((visibility("default")))
#endif

/* A status tells the caller what to do; the text for people goes into a kinmu_err. */
#define KINMU_OK 0
#define KINMU_E_CONFIG (-1)    /* the configuration must change: do not retry */
#define KINMU_E_STATE (-2)     /* not legal in this state: a programmer's error */
#define KINMU_E_BUSY (-3)      /* a bounded queue is full: try again in a later turn */
#define KINMU_E_RETRY (-4)     /* passing trouble: retry with back-off */
#define KINMU_E_REJECT (-5)    /* this input is wrong: do not send it again */
#define KINMU_E_DENIED (-6)    /* not allowed by configuration or permission */
#define KINMU_E_CONFLICT (-7)  /* somebody decided first: read again and decide again */
#define KINMU_E_NOMEM (-8)     /* out of memory */
#define KINMU_E_RESTART (-9)   /* cannot go on: destroy me and create me anew */
#define KINMU_E_ABI (-10)      /* made for another version of the boundary */
#define KINMU_E_NOTFOUND (-11) /* no such key, schema, instance or command */

#define KINMU_ERR_KEY_SIZE 64
#define KINMU_ERR_MSG_SIZE 448

/* Error text slot owned by the caller. `key` is a stable identifier ("input.no-display"), `msg`
 * one line for people: what happened, where, what to do. Both are NUL-terminated UTF-8. */
typedef struct kinmu_err {
    char key[KINMU_ERR_KEY_SIZE];
    char msg[KINMU_ERR_MSG_SIZE];
} kinmu_err;

/* A table of rows with its own stride, so that rows may grow in later minor versions. The reader
 * copies min(stride, sizeof row) of each row into a zeroed row. Rows are static data. */
typedef struct kinmu_table {
    const void *rows;
    uint32_t count;
    uint32_t stride;
} kinmu_table;

#define KINMU_TABLE(array)                                                                         \
    { (array), (uint32_t)(sizeof(array) / sizeof((array)[0])), (uint32_t)sizeof((array)[0]) }
#define KINMU_TABLE_EMPTY                                                                          \
    { NULL, 0, 0 }

/* Limits of the boundary. Beyond them a call answers KINMU_E_REJECT and nothing is kept. */
#define KINMU_NAME_BYTES_MAX 63     /* plugin, instance, option, field, command names */
#define KINMU_TEXT_BYTES_MAX 16384  /* one text or bytes value */
#define KINMU_EVENT_BYTES_MAX 60000 /* one encoded event */
#define KINMU_FIELDS_MAX 64         /* fields of one schema, or of a command each way */
#define KINMU_EVENTS_MAX 4096       /* events of one publish call */

#ifdef __cplusplus
}
#endif
#endif
