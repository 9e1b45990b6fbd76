/* csv/writing/names.c - user IDs to file name stems. See names.h.
 *
 * Uniqueness is judged as Windows judges it, without regard to case, for the letters CP932 has. The
 * set is a hash table of folded stems; a mapped stem carries 64 bits of a hash of the user ID, so
 * it is the same in every export unless two users collide.
 */
#include "writing/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 256u
#define MAPPED_KEPT_MAX 32 /* characters of the user ID kept readable in a mapped stem */
#define TRIES_MAX 64u

typedef struct entry {
    char *stem; /* folded; NULL = free slot */
    char *user;
} entry;

struct names {
    const encoder *enc;
    entry *slots; /* slot_count is a power of two, at most half full */
    size_t slot_count;
    size_t count;
};

/* FNV-1a, for spreading and for readable uniqueness, not for security. */
static uint64_t hash_text(const char *text, uint64_t seed) {
    uint64_t hash = 14695981039346656037u ^ seed;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    }
    return hash;
}

static uint32_t fold(uint32_t code) {
    static const struct {
        uint16_t first;
        uint16_t last;
        uint16_t distance;
    } ranges[] = {
        {'A', 'Z', 0x20},       {0x0391, 0x03A9, 0x20}, /* Greek */
        {0x0401, 0x0401, 0x50}, {0x0410, 0x042F, 0x20}, /* Cyrillic */
        {0x2160, 0x2169, 0x10},                         /* Roman numerals */
        {0xFF21, 0xFF3A, 0x20},                         /* full-width Latin */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return code + ranges[i].distance;
        }
    }
    return code;
}

/* Folding never changes the number of UTF-8 bytes: all ranges stay within one length. */
static void fold_stem(const char *stem, char folded[NAMES_STEM_SIZE]) {
    size_t size = strlen(stem);
    size_t out = 0;
    for (size_t at = 0; at < size;) {
        size_t start = at;
        uint32_t code = encode_next(stem, size, &at);
        uint32_t lower = fold(code);
        size_t length = at - start;
        memcpy(folded + out, stem + start, length);
        if (length == 1) {
            folded[out] = (char)lower;
        } else {
            folded[out + length - 1] = (char)(0x80 | (lower & 0x3F));
            folded[out + length - 2] = (char)((length == 2 ? 0xC0 : 0x80) | ((lower >> 6) & 0x3F));
        }
        out += length;
    }
    folded[out] = '\0';
}

/* Windows keeps these names for devices, with any extension, in every folder. */
static int32_t is_device_name(const char *user) {
    static const char *const devices[] = {"con",    "prn",     "aux",   "nul",
                                          "conin$", "conout$", "clock$"};
    char base[8] = "";
    size_t size = strcspn(user, ".");
    if (size >= sizeof base) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        base[i] = (char)fold((uint8_t)user[i]);
    }
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        if (strcmp(base, devices[i]) == 0) {
            return 1;
        }
    }
    int32_t is_port = strncmp(base, "com", 3) == 0 || strncmp(base, "lpt", 3) == 0;
    return is_port && size == 4 && base[3] >= '0' && base[3] <= '9';
}

static int32_t is_alphanumeric(uint32_t code) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z');
}

static int32_t is_legal(const encoder *enc, uint32_t code) {
    if (code < 0x80) {
        return is_alphanumeric(code) || (code != 0 && strchr("!#$%'()+-.=@[]_{}~", (int)code));
    }
    int32_t is_private = code >= 0xE000 && code <= 0xF8FF;
    return encoder_is_cp932(enc, code) && !is_private;
}

/* "%2e%2e" is legal but turns into dots where a careless program decodes file names. */
static int32_t has_percent_code(const char *user) {
    for (const char *at = strchr(user, '%'); at != NULL; at = strchr(at + 1, '%')) {
        size_t digits = strspn(at + 1, "0123456789abcdefABCDEF");
        if (digits >= 2) {
            return 1;
        }
    }
    return 0;
}

int32_t names_is_plain(const encoder *enc, const char *user) {
    size_t size = strlen(user);
    if (size == 0 || size > NAMES_PLAIN_BYTES_MAX || user[size - 1] == '.') {
        return 0;
    }
    for (size_t at = 0; at < size;) {
        if (!is_legal(enc, encode_next(user, size, &at))) {
            return 0;
        }
    }
    return !is_device_name(user) && !has_percent_code(user);
}

static void map_stem(const char *user, uint64_t seed, char stem[NAMES_STEM_SIZE]) {
    const char *source = *user != '\0' ? user : "device";
    size_t kept = 0;
    for (; source[kept] != '\0' && kept < MAPPED_KEPT_MAX; kept++) {
        stem[kept] = is_alphanumeric((uint8_t)source[kept]) ? source[kept] : '_';
    }
    (void)snprintf(stem + kept, NAMES_STEM_SIZE - kept, "~%016llx",
                   (unsigned long long)hash_text(user, seed));
}

static entry *find_slot(const names *set, const char *folded) {
    size_t at = (size_t)hash_text(folded, 0) & (set->slot_count - 1);
    while (set->slots[at].stem != NULL && strcmp(set->slots[at].stem, folded) != 0) {
        at = (at + 1) & (set->slot_count - 1);
    }
    return &set->slots[at];
}

static int32_t grow(names *set) {
    names bigger = {set->enc, NULL, set->slot_count * 2, set->count};
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        return KINMU_E_NOMEM;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i].stem != NULL) {
            *find_slot(&bigger, set->slots[i].stem) = set->slots[i];
        }
    }
    free(set->slots);
    *set = bigger;
    return KINMU_OK;
}

int32_t names_create(const encoder *enc, names **out) {
    names *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return KINMU_E_NOMEM;
    }
    set->enc = enc;
    set->slot_count = SLOTS_FIRST;
    set->slots = calloc(set->slot_count, sizeof *set->slots);
    if (set->slots == NULL) {
        free(set);
        return KINMU_E_NOMEM;
    }
    *out = set;
    return KINMU_OK;
}

void names_destroy(names *set) {
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        free(set->slots[i].stem);
        free(set->slots[i].user);
    }
    free(set->slots);
    free(set);
}

static char *duplicate(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

int32_t names_take(names *set, const char *user, char stem[NAMES_STEM_SIZE]) {
    if (set->count >= NAMES_USERS_MAX) {
        return KINMU_E_REJECT;
    }
    if (set->count * 2 >= set->slot_count && grow(set) != KINMU_OK) {
        return KINMU_E_NOMEM;
    }
    char folded[NAMES_STEM_SIZE];
    int32_t is_mapped = !names_is_plain(set->enc, user);
    for (uint64_t tries = 0; tries < TRIES_MAX; tries++) {
        if (is_mapped) {
            map_stem(user, tries, stem);
        } else {
            (void)snprintf(stem, NAMES_STEM_SIZE, "%s", user);
        }
        fold_stem(stem, folded);
        entry *slot = find_slot(set, folded);
        if (slot->stem == NULL) {
            slot->stem = duplicate(folded);
            slot->user = duplicate(user);
            set->count++;
            return slot->stem != NULL && slot->user != NULL ? KINMU_OK : KINMU_E_NOMEM;
        }
        if (strcmp(slot->user, user) == 0) {
            return KINMU_E_STATE;
        }
        is_mapped = 1;
    }
    return KINMU_E_REJECT;
}
