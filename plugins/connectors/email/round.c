/* email/round.c - rounds, one at a time: read what is due, write and send it (a job), have what
 * came of each mail recorded, and only then look again. Trouble of the server, not of a mail,
 * changes no record: the round ends, and the next one waits longer and longer. */
#include "email.h"

#include "book.h"

#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <openssl/crypto.h>

#include <stdio.h>
#include <string.h>

#define ASK_AGAIN_MS 5000u
#define BACK_OFF_MS_MIN 5000u
#define BACK_OFF_MS_MAX 600000u
#define WINDOW_MS 60000u
#define ROUND_MS_MAX 2000u /* no further mail after it: a stop forgets what is not recorded yet */
#define PUT_OFF_S 60       /* doubled with each attempt, up to: */
#define PUT_OFF_S_MAX 3600

/* ---- in jobs ---- */

/* Registration and re-issue go out even when the company's switch is off (NTF-02). */
static int32_t bypasses(const letter *l) {
    return table_is(l->row, KINMU_MAIL_MESSAGE_KIND, "registration") ||
           table_is(l->row, KINMU_MAIL_MESSAGE_KIND, "reissue");
}

static void read_due(void *user) {
    email *e = user;
    const table_source from = {e->host, e->records, &e->memory, e->round_decision, 0};
    const kinmu_filter filter = table_where("state", "queued");
    table found;
    e->step_status = table_read(&from, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, &filter, 1, "due_ns",
                                EMAIL_LETTERS_MAX + 1, &found);
    e->next_due_ns = INT64_MAX;
    for (uint32_t i = 0; e->step_status == KINMU_OK && i < found.count; i++) {
        int64_t due = table_number(found.rows[i], KINMU_MAIL_MESSAGE_DUE_NS);
        if (due > e->now_ns || e->letter_count >= (uint32_t)e->allowance) {
            e->next_due_ns = due;
            break;
        }
        letter *l = &e->letters[e->letter_count++];
        *l = (letter){.row = found.rows[i]};
        (void)snprintf(l->id, sizeof l->id, "%s",
                       table_text(l->row, KINMU_MAIL_MESSAGE_MESSAGE_ID));
        l->attempts = table_number(l->row, KINMU_MAIL_MESSAGE_ATTEMPTS);
        l->due_ns = due;
        const kinmu_value *person = NULL;
        const kinmu_filter receiver =
            table_where("person", table_text(l->row, KINMU_MAIL_MESSAGE_PERSON));
        if (bypasses(l)) {
            e->step_status = table_find(&from, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, &receiver, 1,
                                        NULL, &person);
            l->is_admins = table_number(person, KINMU_PEOPLE_PERSON_IS_ADMIN) != 0;
        }
    }
}

static void settle(letter *l, const char *state, const char *problem) {
    l->state = state;
    if (problem != l->problem) {
        (void)snprintf(l->problem, sizeof l->problem, "%s", problem);
    }
}

/* 1: a mail that is not sent by then is given up. */
static int32_t is_too_late(const email *e, const letter *l, int64_t unix_ns) {
    return unix_ns - table_number(l->row, KINMU_MAIL_MESSAGE_QUEUED_NS) >
           e->settings.give_up_ms * 1000000;
}

/* Put off, or given up when it took too long. */
static void put_off(const email *e, letter *l) {
    int64_t wait_s = PUT_OFF_S;
    kinmu_clock now;
    e->desk.timer->now(e->host, &now);
    for (int64_t i = 1; i < l->attempts && wait_s < PUT_OFF_S_MAX; i++) {
        wait_s *= 2;
    }
    l->due_ns = now.unix_ns + (wait_s < PUT_OFF_S_MAX ? wait_s : PUT_OFF_S_MAX) * SECOND_NS;
    settle(l, is_too_late(e, l, l->due_ns) ? "failed" : "queued", l->problem);
}

static void send_one(email *e, smtp_session *s, letter *l) {
    int32_t outcome = smtp_send(s, e->settings.from, l->address, l->text, l->problem);
    kinmu_clock now;
    e->desk.timer->now(e->host, &now);
    if (outcome == SMTP_CUT || outcome == SMTP_AWAY || outcome == SMTP_WRONG) {
        e->trouble = outcome;
        (void)snprintf(e->trouble_text, sizeof e->trouble_text, "%s", l->problem);
    }
    if (outcome == SMTP_AWAY || outcome == SMTP_WRONG) {
        l->problem[0] = '\0';
        return;
    }
    l->attempts++;
    if (outcome == SMTP_SENT) {
        l->sent_ns = now.unix_ns;
        settle(l, "sent", "");
    } else if (outcome == SMTP_REFUSED) {
        settle(l, "failed", l->problem);
    } else {
        put_off(e, l);
    }
}

static smtp_session *open_session(email *e) {
    char password[KINMU_SECRET_BYTES_MAX + 1] = "";
    uint32_t size = sizeof password;
    const settings *s = &e->settings;
    if (s->password != NULL && e->secret->get(e->host, s->password, password, &size) != KINMU_OK) {
        e->trouble = SMTP_WRONG;
        (void)snprintf(e->trouble_text, sizeof e->trouble_text,
                       "the password cannot be read: is its file there, and readable?");
        return NULL;
    }
    const smtp_server server = {.host = s->server,
                                .port = s->port,
                                .security = s->security,
                                .authority = s->authority,
                                .user = s->user,
                                .password = password,
                                .greeting = "kinmu",
                                .timeout_ms = s->timeout_ms};
    smtp_session *session = smtp_open(&server, &e->stop);
    OPENSSL_cleanse(password, sizeof password);
    if (session == NULL) {
        e->trouble = SMTP_WRONG;
        (void)snprintf(e->trouble_text, sizeof e->trouble_text,
                       "no memory, or this libcurl has no SMTP");
    }
    return session;
}

/* No server for a mail's whole time: the mails that were due are given up as well. */
static void give_up(email *e) {
    for (uint32_t i = 0; i < e->letter_count; i++) {
        letter *l = &e->letters[i];
        if (l->state == NULL && is_too_late(e, l, e->now_ns)) {
            (void)snprintf(l->problem, sizeof l->problem, "%s", e->trouble_text);
            settle(l, "failed", l->problem);
        }
    }
}

static void send_due(void *user) {
    email *e = user;
    uint64_t begun_ms = email_now_ms(e);
    const table_source from = {e->host, e->records, &e->memory, e->round_decision, 0};
    smtp_session *session = NULL;
    int32_t is_on = 0;
    e->step_status = book_switch(&from, e->now_ns, e->utc_offset_s, &is_on);
    for (uint32_t i = 0; e->step_status == KINMU_OK && e->trouble == 0 && i < e->letter_count &&
                         email_now_ms(e) - begun_ms < ROUND_MS_MAX && !atomic_load(&e->stop);
         i++) {
        letter *l = &e->letters[i];
        const char *why =
            is_on || bypasses(l) ? letter_write(e, l, &e->step_status) : "mail.send is off";
        if (e->step_status != KINMU_OK) {
            break;
        }
        if (why == NULL && bypasses(l) && l->invite[0] == '\0') {
            put_off(e, l);
            continue;
        }
        if (why != NULL) {
            settle(l, "dropped", why);
            continue;
        }
        session = session != NULL ? session : open_session(e);
        if (session != NULL) {
            send_one(e, session, l);
        }
    }
    smtp_close(session);
    if (e->step_status == KINMU_OK && (e->trouble == SMTP_AWAY || e->trouble == SMTP_WRONG)) {
        give_up(e);
    }
}

/* ---- in turns ---- */

static void end_round(email *e) {
    for (uint32_t i = 0; i < e->letter_count; i++) {
        OPENSSL_cleanse(e->letters[i].invite, sizeof e->letters[i].invite);
        e->letters[i].is_inviting = 0;
    }
    e->letter_count = 0;
    e->inviting = 0;
    memory_free(&e->memory);
    memset(&e->memory, 0, sizeof e->memory);
}

static void wait_longer(email *e) {
    e->back_off_ms = e->back_off_ms == 0                    ? BACK_OFF_MS_MIN
                     : e->back_off_ms * 2 > BACK_OFF_MS_MAX ? BACK_OFF_MS_MAX
                                                            : e->back_off_ms * 2;
    e->not_before_ms = email_now_ms(e) + e->back_off_ms;
    e->must_look = 1;
}

static void tell_trouble(email *e) {
    char text[SMTP_ANSWER_SIZE + 200];
    (void)snprintf(text, sizeof text, "%s:%d: %s; %s, tried again in %u s", e->settings.server,
                   (int)e->settings.port, e->trouble_text,
                   e->trouble == SMTP_WRONG ? "change conf.d or the server; mails wait"
                                            : "mails wait",
                   (unsigned)(e->back_off_ms / 1000));
    e->host->health(e->host, KINMU_HEALTH_DEGRADED, text);
    e->metrics->add(e->host, METRIC_AWAY, 1);
}

static void count_outcome(email *e, const letter *l) {
    if (strcmp(l->state, "sent") == 0) {
        e->window_sent++;
        e->metrics->add(e->host, METRIC_SENT, 1);
        e->metrics->set(e->host, METRIC_DELAY,
                        (l->sent_ns - table_number(l->row, KINMU_MAIL_MESSAGE_QUEUED_NS)) /
                            SECOND_NS);
    } else if (strcmp(l->state, "failed") == 0) {
        e->metrics->add(e->host, METRIC_FAILED, 1);
    } else if (strcmp(l->state, "queued") == 0) {
        e->metrics->add(e->host, METRIC_PUT_OFF, 1);
    }
}

static void ask_outcome(email *e, letter *l) {
    const kinmu_value values[] = {kinmu_text(l->id),
                                  kinmu_text(l->state),
                                  kinmu_i64(l->attempts),
                                  kinmu_time(l->due_ns),
                                  l->sent_ns != 0 ? kinmu_time(l->sent_ns) : kinmu_null(),
                                  l->problem[0] != '\0' ? kinmu_text(l->problem) : kinmu_null()};
    if (email_ask(e, ASK_OUTCOME, values, 6, &l->number) == KINMU_OK) {
        l->asked_ms = email_now_ms(e);
    }
}

static void after_send(void *user, int32_t ran) {
    email *e = user;
    int32_t is_any = 0;
    e->is_stepping = 0;
    if (!e->is_running) {
        end_round(e);
        return;
    }
    for (uint32_t i = 0; i < e->letter_count; i++) {
        letter *l = &e->letters[i];
        l->is_recorded = l->state == NULL;
        if (l->state != NULL) {
            is_any = 1;
            count_outcome(e, l);
            ask_outcome(e, l);
        }
    }
    if (e->trouble != 0) {
        wait_longer(e);
        tell_trouble(e);
    } else if (ran != KINMU_OK || e->step_status != KINMU_OK) {
        wait_longer(e);
    } else {
        e->back_off_ms = 0;
        e->must_look = 1;
        e->host->health(e->host, KINMU_HEALTH_OK, "mails go out; see kinmu mail list");
    }
    if (!is_any) {
        end_round(e);
    }
}

static void begin_send(email *e) {
    e->trouble = 0;
    e->is_stepping = e->desk.work->submit(e->host, send_due, after_send, e) == KINMU_OK;
    if (!e->is_stepping) {
        e->must_look = 1;
        end_round(e);
    }
}

/* ---- invitations: made by `api` as they are sent, and kept nowhere ---- */

/* Of its values: person, invite, expires_ns. An answer to another is none. */
static void on_invited(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                       const char *text) {
    letter *l = user;
    email *e = l->email;
    if (!e->is_running || !l->is_inviting) {
        return; /* of a life before */
    }
    const char *person = table_text(l->row, KINMU_MAIL_MESSAGE_PERSON);
    if (status == KINMU_OK && count > 2 && values[0].size == strlen(person) &&
        memcmp(values[0].as.text, person, values[0].size) == 0) {
        (void)snprintf(l->invite, sizeof l->invite, "%.*s", (int)values[1].size, values[1].as.text);
        l->invite_expires_ns = values[2].as.i64;
    } else {
        (void)snprintf(l->problem, sizeof l->problem, "no invitation by api: %s",
                       text != NULL ? text : "");
    }
    l->is_inviting = 0;
    if (--e->inviting == 0) {
        begin_send(e);
    }
}

/* 1: answers are waited for. */
static int32_t ask_invitations(email *e) {
    for (uint32_t i = 0; i < e->letter_count; i++) {
        letter *l = &e->letters[i];
        const kinmu_value values[] = {kinmu_text(table_text(l->row, KINMU_MAIL_MESSAGE_PERSON)),
                                      l->is_admins ? kinmu_text("admin") : kinmu_null(),
                                      kinmu_text("mail")};
        l->email = e;
        if (bypasses(l) && e->desk.calls->send(e->host, "api", "login_invite", values, 3,
                                               on_invited, l) == KINMU_OK) {
            l->is_inviting = 1;
            e->inviting++;
        }
    }
    return e->inviting > 0;
}

static void after_read(void *user, int32_t ran) {
    email *e = user;
    int32_t status = ran != KINMU_OK ? ran : e->step_status;
    e->is_stepping = 0;
    if (!e->is_running || status != KINMU_OK || e->letter_count == 0) {
        if (e->is_running && status != KINMU_OK) {
            wait_longer(e);
        }
        if (e->is_running && status == KINMU_E_DENIED) {
            e->host->health(e->host, KINMU_HEALTH_FAILED,
                            "may not read what it needs; see reads: in conf.d, and the log");
        }
        end_round(e);
        return;
    }
    if (!ask_invitations(e)) {
        begin_send(e);
    }
}

static void begin(email *e) {
    kinmu_clock now;
    e->desk.timer->now(e->host, &now);
    uint64_t now_ms = now.mono_ns / 1000000;
    if (now_ms - e->window_ms >= WINDOW_MS) {
        e->window_ms = now_ms;
        e->window_sent = 0;
    }
    e->allowance = e->rate - e->window_sent;
    e->allowance = e->allowance < EMAIL_LETTERS_MAX ? e->allowance : EMAIL_LETTERS_MAX;
    if (now_ms < e->not_before_ms || e->allowance <= 0 ||
        (!e->must_look && now.unix_ns < e->next_due_ns)) {
        return;
    }
    e->now_ns = now.unix_ns;
    e->utc_offset_s = now.utc_offset_s;
    uint64_t head = e->desk.bus->head(e->host);
    e->round_decision = head > e->desk.needed ? head : e->desk.needed;
    e->must_look = 0;
    e->is_stepping = e->desk.work->submit(e->host, read_due, after_read, e) == KINMU_OK;
    if (!e->is_stepping) {
        e->must_look = 1;
    }
}

void round_go_on(email *e) {
    uint64_t now_ms = email_now_ms(e);
    if (!e->is_running || e->is_stepping || e->inviting > 0) {
        return;
    }
    for (uint32_t i = 0; i < e->letter_count; i++) {
        letter *l = &e->letters[i];
        if (!l->is_recorded && now_ms - l->asked_ms > ASK_AGAIN_MS) {
            ask_outcome(e, l);
        }
    }
    if (e->letter_count == 0 && !e->is_paused) {
        begin(e);
    }
}

void round_recorded(email *e, uint64_t number) {
    uint32_t open = 0;
    for (uint32_t i = 0; i < e->letter_count; i++) {
        letter *l = &e->letters[i];
        l->is_recorded |= l->number == number;
        open += !l->is_recorded;
    }
    if (e->letter_count > 0 && open == 0 && !e->is_stepping) {
        end_round(e);
        round_go_on(e);
    }
}

void round_end(email *e) {
    if (!e->is_stepping) {
        end_round(e);
    }
}
