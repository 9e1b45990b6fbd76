/* kinmu/header.h - one HTTP header, in requests and answers of either direction. Frozen. */
#ifndef KINMU_HEADER_H
#define KINMU_HEADER_H

typedef struct kinmu_header {
    const char *name; /* lower case in requests that routes/1 gives; else letter case is ignored */
    const char *value;
} kinmu_header;

#endif
