/* kinmu/iface/fleet.h - what a hub and its agents need of the core: trust now, their blocks below.
 *
 * Only for Kinmu's own connectors `ingest` and `uplink`, and only where they run in the daemon: a
 * runner has no such service. Private keys never leave the core; a plugin gets certificates, public
 * keys and hashes.
 */
#ifndef KINMU_IFACE_FLEET_H
#define KINMU_IFACE_FLEET_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_FLEET_1 "kinmu.fleet/1"
#define KINMU_FLEET_KEY_SIZE 32u
#define KINMU_FLEET_ORIGIN_SIZE 16u
#define KINMU_FLEET_SERIAL_SIZE 48u /* hex and NUL */
#define KINMU_FLEET_PEM_SIZE 8192u
#define KINMU_FLEET_TOKEN_SIZE 80u /* with NUL */
#define KINMU_FLEET_REQUEST_BYTES_MAX 4096u

/* This node as its peers know it. The caller sets struct_size. */
typedef struct kinmu_fleet_identity {
    uint32_t struct_size;
    uint32_t reserved;
    uint8_t origin[KINMU_FLEET_ORIGIN_SIZE];
    uint8_t public_key[KINMU_FLEET_KEY_SIZE]; /* Ed25519: signs chain heads */
    uint8_t box_public[KINMU_FLEET_KEY_SIZE]; /* X25519: data keys are sealed to it */
    char anchor[KINMU_FLEET_PEM_SIZE]; /* PEM of the certificate agents trust the server by */
} kinmu_fleet_identity;

/* A client certificate just made. The caller sets struct_size. */
typedef struct kinmu_fleet_certificate {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t expires_ns;
    char serial[KINMU_FLEET_SERIAL_SIZE];
    char pem[KINMU_FLEET_PEM_SIZE];
} kinmu_fleet_certificate;

/* Where this node is enrolled. The caller sets struct_size. */
typedef struct kinmu_fleet_enrolment {
    uint32_t struct_size;
    uint32_t reserved;
    char url[512]; /* "https://hub.example:8443" */
    char name[128];
    char group[128]; /* "" = none */
} kinmu_fleet_enrolment;

/* How far a hub has this node's history. The caller sets struct_size. */
typedef struct kinmu_fleet_progress {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t newest;          /* blocks of this node */
    uint64_t confirmed;       /* of those, durable at the hub */
    int64_t oldest_unsent_ns; /* since when one waits; 0 = none does */
    int64_t confirmed_ns;     /* the hub's clock at its last confirmation; 0 = never */
} kinmu_fleet_progress;

#define KINMU_FLEET_PUSH_BYTES_MAX (2u << 20)
#define KINMU_FLEET_ANSWER_BYTES_MAX (1u << 20)

/* What a hub's answer to a push meant. */
#define KINMU_FLEET_DONE 0    /* confirmed; push again if something is unsent */
#define KINMU_FLEET_AGAIN 1   /* the hub lacks what the next push brings: push at once */
#define KINMU_FLEET_LATER 2   /* busy or broken: wait */
#define KINMU_FLEET_REFUSED 3 /* this node is not admitted */
#define KINMU_FLEET_FORKED 4  /* the hub has another history of this node, or a longer one */
#define KINMU_FLEET_BAD 5     /* no answer of this node's hub */

typedef struct kinmu_fleet_outcome {
    uint32_t struct_size;
    int32_t what;        /* KINMU_FLEET_* */
    int64_t hub_unix_ns; /* the hub's clock; 0 = not told */
    kinmu_fleet_progress progress;
    char text[512]; /* for people; "" = nothing to say */
} kinmu_fleet_outcome;

/* What became of a device's push. The caller sets struct_size. */
typedef struct kinmu_fleet_verdict {
    uint32_t struct_size;
    uint32_t http_status; /* 200: wait for `ticket`, then confirm; else the answer is all */
    uint64_t ticket;
    uint64_t chain; /* newest block of the device here */
    uint64_t sequence;
    uint64_t unsent;  /* blocks the device still has */
    int64_t ahead_ns; /* its clock against this one's */
    uint32_t blocks, events, declined;
    int32_t is_fork;
    uint8_t origin[KINMU_FLEET_ORIGIN_SIZE];
    uint8_t hash[32];
    char version[64];
    char problem[512];
} kinmu_fleet_verdict;

/* Where one device stands. */
typedef struct kinmu_fleet_contact {
    uint32_t struct_size;
    uint32_t reserved;
    uint8_t origin[KINMU_FLEET_ORIGIN_SIZE];
    uint64_t chain;
    uint64_t sequence;
    uint64_t unsent;
    int64_t received_ns; /* when it was last heard */
    int64_t heard_ns;    /* everything it published before is here */
} kinmu_fleet_contact;
typedef int32_t (*kinmu_fleet_contact_fn)(void *user, const kinmu_fleet_contact *contact);

/* A purpose that schemas known here are of, and whether their events are taken here. */
typedef void (*kinmu_fleet_purpose_fn)(void *user, const char *purpose, int32_t is_in_force);

typedef struct kinmu_fleet {
    uint32_t struct_size;
    uint32_t reserved;

    /* E_STATE where `kinmu hub init` was not run; err says so. [job] Since 1.0 */
    int32_t (*identity)(const kinmu_host *host, kinmu_fleet_identity *out, kinmu_err *err);

    /* Makes an invitation's token: random, bound to this hub's certificate. `text` has
     * KINMU_FLEET_TOKEN_SIZE bytes and is wiped by the caller. [job] Since 1.0 */
    int32_t (*make_token)(const kinmu_host *host, char *text, uint8_t sha256[32], kinmu_err *err);

    /* The hash by which a token is known; E_REJECT when it is none (mistyped). [any] Since 1.0 */
    int32_t (*hash_token)(const kinmu_host *host, const char *text, uint8_t sha256[32],
                          kinmu_err *err);

    /* Checks a certificate request (PEM): one, of an Ed25519 key, signed by it. Its names and
     * extensions are not looked at. E_REJECT with the reason. [job] Since 1.0 */
    int32_t (*check_request)(const kinmu_host *host, const char *pem, uint32_t size,
                             uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                             uint8_t origin[KINMU_FLEET_ORIGIN_SIZE], kinmu_err *err);

    /* Signs a client certificate for a device's key with this hub's authority. [job] Since 1.0 */
    int32_t (*issue)(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                     int64_t life_ms, kinmu_fleet_certificate *out, kinmu_err *err);

    /* ---- an agent: for `uplink` ---- */

    /* Where this node is enrolled; E_STATE when it is not, err says what to do. [job] Since 1.0 */
    int32_t (*enrolment)(const kinmu_host *host, kinmu_fleet_enrolment *out, kinmu_err *err);

    /* Calls fn in a turn whenever blocks were committed, until the instance stops. [turn]
     * Since 1.0 */
    int32_t (*watch)(const kinmu_host *host, void (*fn)(void *user), void *user);

    /* On: what this node publishes is committed at once instead of after journal.flush_interval.
     * Who turned it on turns it off when it stops. [turn] Since 1.0 */
    int32_t (*hurry)(const kinmu_host *host, int32_t is_on);

    /* Writes the next push into `body` (*size: its capacity, then its size): at most
     * KINMU_FLEET_PUSH_BYTES_MAX, a sign of life when nothing is unsent. What was published before
     * is committed first. One at a time: answered before the next is built. [job] Since 1.0 */
    int32_t (*build_push)(const kinmu_host *host, void *body, uint32_t *size,
                          kinmu_fleet_progress *progress, kinmu_err *err);

    /* What the hub's answer means; keeps its confirmation, takes policy and certificate it brings.
     * [job] Since 1.0 */
    int32_t (*take_answer)(const kinmu_host *host, uint32_t http_status, const void *body,
                           uint32_t size, kinmu_fleet_outcome *out, kinmu_err *err);

    /* ---- a hub: for `ingest` ---- */

    /* Reads, examines and takes a push of the device with that key, as its certificate proved. An
     * answer other than 200 is in `answer` (*size: capacity, then size). [job] Since 1.0 */
    int32_t (*receive)(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                       const void *body, uint32_t body_size, kinmu_fleet_verdict *verdict,
                       void *answer, uint32_t *size);

    /* Calls done in a turn once what was received is durable: KINMU_OK, or E_RESTART. [turn]
     * Since 1.0 */
    int32_t (*when_received)(const kinmu_host *host, uint64_t ticket,
                             void (*done)(void *user, int32_t status), void *user);

    /* The countersigned answer to what is durable; policy, certificate: NULL = nothing new. [any]
     * Since 1.0 */
    int32_t (*confirm)(const kinmu_host *host, const kinmu_fleet_verdict *verdict,
                       const char *policy, const char *certificate, void *answer, uint32_t *size);

    /* Every device something came of. [job] Since 1.0 */
    int32_t (*contacts)(const kinmu_host *host, kinmu_fleet_contact_fn fn, void *user);

    /* Every purpose once, before it returns; the names live as long as the host. [any] Since 1.0 */
    int32_t (*purposes)(const kinmu_host *host, kinmu_fleet_purpose_fn fn, void *user);
} kinmu_fleet;

#ifdef __cplusplus
}
#endif
#endif
