/* power_cut.c - the journal on a disk whose power is cut: what was acknowledged is there.
 *
 *     power_cut [--sync-off]
 *
 * 200 rounds (1,000 with KINMU_TEST_LONG=1) on lossy_vfs.c: a round appends groups of numbered
 * events until the disk is cut at a random change, then opens what survived, reads and verifies it.
 * What one round finds must still be there after the next cut. --sync-off runs the journal without
 * syncing and asserts the opposite: that these rounds do notice what is lost then. */
#include "ledger.h"
#include "lossy_vfs.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 200u
#define ROUNDS_LONG 1000u
#define ROUNDS_A_FOLDER 12u
#define GROUPS_MAX 40u
#define GROUP_EVENTS_MAX 24u
#define CHANGES_MAX 900u

_Static_assert(ROUNDS_A_FOLDER *GROUPS_MAX *GROUP_EVENTS_MAX < LEDGER_NUMBERS_MAX, "numbers");

typedef struct power {
    ledger ledger;
    uint64_t ticket_of[LEDGER_NUMBERS_MAX];
    uint8_t must_stay[LEDGER_NUMBERS_MAX];
    uint32_t next; /* number */
    uint64_t durable_at_cut;
    uint64_t acknowledged, cuts_while_open;
} power;

/* The world at the moment of the cut: what was acknowledged by then counts. */
static void note_acknowledged(void *user) {
    power *p = user;
    if (p->ledger.j != NULL) {
        p->durable_at_cut = journal_durable(p->ledger.j);
        p->cuts_while_open++;
    }
}

/* What is wrong with a journal that takes no more events, or NULL. */
static const char *append_group(power *p) {
    uint32_t filler_max = random_below(3) == 0 ? LEDGER_FILLER_MAX : 40;
    uint32_t count = 1 + random_below(GROUP_EVENTS_MAX);
    for (uint32_t i = 0; i < count; i++, p->next++) {
        if (ledger_try_append(&p->ledger, p->next, random_below(filler_max),
                              &p->ticket_of[p->next]) != KINMU_OK) {
            return "it takes no more events";
        }
    }
    journal_flush(p->ledger.j);
    return NULL;
}

/* Leaves in must_stay what was acknowledged before the cut. Returns what is wrong with the journal
 * as it was found, or NULL. */
static const char *write_until_cut(power *p) {
    const char *problem = NULL;
    kinmu_err err = {{0}, {0}};
    uint32_t first = p->next;
    p->durable_at_cut = 0;
    lossy_begin(random_below(UINT32_MAX), random_below(CHANGES_MAX), note_acknowledged, p);
    if (ledger_open(&p->ledger, &err) != KINMU_OK) {
        problem = "it does not open a second time";
    }
    for (uint32_t group = 0; group < GROUPS_MAX && problem == NULL && !lossy_is_cut(); group++) {
        problem = append_group(p);
    }
    lossy_cut();
    for (uint32_t number = first; number < p->next; number++) {
        p->must_stay[number] = p->ticket_of[number] <= p->durable_at_cut;
        p->acknowledged += p->must_stay[number];
    }
    journal_close(p->ledger.j);
    p->ledger.j = NULL;
    lossy_restore();
    return problem;
}

/* What is wrong with what survived, or NULL. What survived one cut has to survive the next. */
static const char *examine(power *p) {
    static ledger_content content;
    kinmu_err err = {{0}, {0}};
    uint32_t lost = 0;
    uint32_t doubled = 0;
    lossy_begin(1, UINT64_MAX, NULL, NULL);
    if (ledger_open(&p->ledger, &err) != KINMU_OK) {
        return "it does not open";
    }
    journal_close(p->ledger.j);
    p->ledger.j = NULL;
    ledger_read(&p->ledger, &content);
    for (uint32_t number = 0; number < p->next; number++) {
        lost += p->must_stay[number] && !content.seen[number];
        doubled += content.seen[number] > 1;
        p->must_stay[number] = content.seen[number] > 0;
    }
    return content.status != KINMU_OK               ? "it cannot be read"
           : content.damaged_blocks > 0             ? "a block is damaged"
           : content.wrong_events > 0               ? "an event is not what was published"
           : doubled > 0                            ? "an event is there twice"
           : lost > 0                               ? "an acknowledged event is lost"
           : ledger_verify(&p->ledger) != VERIFY_OK ? "it does not verify"
                                                    : NULL;
}

static void begin_folder(power *p, const char *parent, uint32_t round) {
    if (p->ledger.directory[0] != '\0') {
        remove_tree(p->ledger.directory);
    }
    snprintf(p->ledger.directory, sizeof p->ledger.directory, "%s/journal%u", parent, round);
    memset(p->must_stay, 0, sizeof p->must_stay);
    p->next = 0;
}

/* Returns in how many rounds something was lost or damaged. */
static uint32_t run_rounds(power *p, const char *parent, uint32_t rounds) {
    uint32_t noticed = 0;
    int is_damaged = 1;
    for (uint32_t round = 0, in_folder = 0; round < rounds; round++, in_folder++) {
        if (is_damaged || in_folder == ROUNDS_A_FOLDER) {
            begin_folder(p, parent, round);
            in_folder = 0;
        }
        const char *problem = write_until_cut(p);
        problem = problem != NULL ? problem : examine(p);
        is_damaged = problem != NULL;
        noticed += problem != NULL;
        if (is_damaged && !p->ledger.unsafe_sync_off) {
            die("round %u: the journal after a power cut: %s (%s)", round, problem,
                p->ledger.directory);
        }
    }
    return noticed;
}

int main(int argc, char **argv) {
    static power p;
    char parent[] = "/tmp/kinmu-power-XXXXXX";
    uint32_t sync_off = argc == 2 && strcmp(argv[1], "--sync-off") == 0;
    uint32_t rounds = sync_off ? ROUNDS / 10 : is_long() ? ROUNDS_LONG : ROUNDS;
    random_begin();
    ledger_prepare(&p.ledger);
    p.ledger.unsafe_sync_off = sync_off;
    lossy_install();
    if (mkdtemp(parent) == NULL) {
        die("no folder to work in");
    }
    uint32_t noticed = run_rounds(&p, parent, rounds);
    lossy_begin(0, 0, NULL, NULL);
    ledger_finish(&p.ledger);
    remove_tree(parent);
    printf("%u cuts, %llu of them while writing; %llu events acknowledged\n", rounds,
           (unsigned long long)p.cuts_while_open, (unsigned long long)p.acknowledged);
    if (p.acknowledged < rounds || p.cuts_while_open < rounds / 4) {
        die("the rounds show nothing");
    }
    if (sync_off && noticed == 0) {
        die("without any sync nothing was lost: this test cannot fail");
    }
    if (sync_off) {
        printf("ok: without sync %u cuts lost or damaged something\n", noticed);
    } else {
        printf("ok: nothing lost, nothing doubled, all verified\n");
    }
    return 0;
}
