/* hosting_test.c - what a hosted plugin may count on: its life cycle, timers, polls and jobs, their
 * limits, and that nothing is called once it is stopped. */
#include "hosting_bench.h"

/* ---- life cycle ---- */

static void an_instance_lives_in_order(void **state) {
    (void)state;
    assert_int_equal(b->seen_interval, 5000); /* the default, read */
    assert_string_equal(b->host->instance, "test/one");
    assert_string_equal(b->host->node, "node");
    assert_string_equal(b->host->account, "alice");
    assert_null(b->host->iface(b->host, "kinmu.nothing/1"));
    assert_int_equal(hosted_start(b->h, NULL), KINMU_OK);
    assert_int_equal(hosted_stop(b->h, NULL), KINMU_OK);
    assert_int_equal(hosted_start(b->h, NULL), KINMU_OK);
    hosted_destroy(b->h);
    expect_notes("start stop start stop destroy gone");
    hosted_destroy(NULL);
}

static void a_half_built_instance_is_destroyed(void **state) {
    (void)state;
    hosted_destroy(b->h);
    b->create_status = KINMU_E_CONFIG;
    assert_int_equal(create_instance(), KINMU_E_CONFIG);
    hosted_destroy(b->h);
    expect_notes("destroy gone create destroy gone");
}

static void a_live_option_changes_without_restart(void **state) {
    (void)state;
    config_problems problems = {0};
    config_node *options = NULL;
    void *memory = NULL;
    assert_int_equal(config_parse("o", "interval: 9s", 12, &options, &memory, &problems), KINMU_OK);
    assert_int_equal(hosted_reconfigure(b->h, options, NULL), KINMU_OK);
    assert_int_equal(b->seen_interval, 9000);
    b->reconfigure_status = KINMU_E_CONFIG;
    assert_int_equal(hosted_reconfigure(b->h, NULL, NULL), KINMU_E_RESTART);
    assert_int_equal(b->seen_interval, 9000); /* still the one before */
    config_memory_free(memory);
    config_problems_free(&problems);
}

/* ---- timers ---- */

static void on_timer_note(void *user) {
    assert_main_thread();
    note(user);
}

static void timers_fire_once_repeat_and_stop(void **state) {
    (void)state;
    const kinmu_timer *timer = iface(KINMU_TIMER_1);
    uint64_t once = 0;
    uint64_t cancelled = 0;
    assert_int_equal(timer->start(b->host, 1, 0, on_timer_note, "once", &once), KINMU_OK);
    assert_int_equal(timer->start(b->host, 1, 0, on_timer_note, "never", &cancelled), KINMU_OK);
    assert_true(once != 0 && cancelled != 0 && once != cancelled);
    timer->cancel(b->host, cancelled);
    timer->cancel(b->host, cancelled);
    timer->cancel(b->host, 0);
    wait_note("once");
    uv_sleep(3);
    turn_loop();
    expect_notes("once");
    assert_int_equal(timer->start(b->host, 1, 1, on_timer_note, "again", NULL), KINMU_OK);
    wait_note("again again again");
    hosted_destroy(b->h);
    b->notes[0] = '\0';
    uv_sleep(3);
    turn_loop();
    expect_notes("");
}

static void timers_have_a_limit(void **state) {
    (void)state;
    const kinmu_timer *timer = iface(KINMU_TIMER_1);
    uint64_t id = 0;
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX - 1; i++) {
        assert_int_equal(timer->start(b->host, 60000, 0, on_timer_note, "x", &id), KINMU_OK);
    }
    assert_int_equal(timer->start(b->host, 1, 0, on_timer_note, "last", NULL), KINMU_OK);
    assert_int_equal(timer->start(b->host, 1, 0, on_timer_note, "no", NULL), KINMU_E_BUSY);
    wait_note("last"); /* a timer that fired once gives its place back */
    assert_int_equal(timer->start(b->host, 60000, 0, on_timer_note, "x", NULL), KINMU_OK);
    assert_int_equal(timer->start(b->host, 60000, 0, on_timer_note, "x", NULL), KINMU_E_BUSY);
    timer->cancel(b->host, id);
    assert_int_equal(timer->start(b->host, 60000, 0, on_timer_note, "x", NULL), KINMU_OK);
    assert_int_equal(timer->start(b->host, 1, 0, NULL, NULL, NULL), KINMU_E_STATE);
}

static void slow_timer(void *user) {
    (void)user;
    uv_sleep(HOSTING_TURN_MS_MAX + 30);
    note("slow");
}

static void a_slow_turn_is_told(void **state) {
    (void)state;
    const kinmu_timer *timer = iface(KINMU_TIMER_1);
    assert_int_equal(timer->start(b->host, 0, 0, slow_timer, NULL, NULL), KINMU_OK);
    wait_note("slow");
    assert_non_null(strstr(b->log, "ms; at most 50 are allowed"));
}

/* ---- poll ---- */

static void on_ready(void *user, uint32_t ready) {
    assert_main_thread();
    assert_int_equal(ready, KINMU_POLL_READ);
    char byte;
    assert_int_equal(read(*(int *)user, &byte, 1), 1);
    note("ready");
}

static void polls_wait_pause_and_end(void **state) {
    (void)state;
    const kinmu_poll *poll = iface(KINMU_POLL_1);
    int ends[2];
    uint64_t id = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(poll->add(b->host, ends[0], KINMU_POLL_READ, on_ready, &ends[0], &id),
                     KINMU_OK);
    turn_loop();
    expect_notes("");
    assert_int_equal(write(ends[1], "x", 1), 1);
    wait_note("ready");
    expect_notes("ready");
    assert_int_equal(poll->modify(b->host, id, 0), KINMU_OK);
    assert_int_equal(write(ends[1], "x", 1), 1);
    uv_sleep(2);
    turn_loop();
    expect_notes("");
    assert_int_equal(poll->modify(b->host, id, KINMU_POLL_READ), KINMU_OK);
    wait_note("ready");
    expect_notes("ready");
    poll->remove(b->host, id);
    assert_int_equal(poll->modify(b->host, id, KINMU_POLL_READ), KINMU_E_NOTFOUND);
    assert_int_equal(write(ends[1], "x", 1), 1);
    uv_sleep(2);
    turn_loop();
    expect_notes("");
    close(ends[0]);
    close(ends[1]);
}

static void polls_have_a_limit(void **state) {
    (void)state;
    const kinmu_poll *poll = iface(KINMU_POLL_1);
    int ends[KINMU_POLLS_MAX + 1][2];
    uint64_t id = 0;
    for (uint32_t i = 0; i <= KINMU_POLLS_MAX; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
        assert_int_equal(poll->add(b->host, ends[i][0], KINMU_POLL_READ, on_ready, ends[i], &id),
                         i < KINMU_POLLS_MAX ? KINMU_OK : KINMU_E_BUSY);
    }
    poll->remove(b->host, id);
    assert_int_equal(
        poll->add(b->host, ends[KINMU_POLLS_MAX][0], KINMU_POLL_READ, on_ready, ends[0], &id),
        KINMU_OK);
    assert_int_equal(poll->add(b->host, -1, KINMU_POLL_READ, on_ready, NULL, &id), KINMU_E_BUSY);
    hosted_destroy(b->h);
    turn_loop();
    for (uint32_t i = 0; i <= KINMU_POLLS_MAX; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

/* ---- work ---- */

static uv_sem_t job_may_end;

static void run_waiting(void *user) {
    uv_thread_t self = uv_thread_self();
    *(int32_t *)user = !uv_thread_equal(&self, &b->main_thread);
    uv_sem_wait(&job_may_end);
}

static void job_done(void *user, int32_t status) {
    assert_main_thread();
    assert_int_equal(status, KINMU_OK);
    assert_int_equal(*(int32_t *)user, 1); /* it ran on another thread */
    note("done");
}

static void destroy_waits_for_a_job(void **state) {
    (void)state;
    const kinmu_work *work = iface(KINMU_WORK_1);
    int32_t beside = 0;
    assert_int_equal(uv_sem_init(&job_may_end, 0), 0);
    assert_int_equal(hosted_start(b->h, NULL), KINMU_OK);
    assert_int_equal(work->submit(b->host, run_waiting, job_done, &beside), KINMU_OK);
    assert_int_equal(hosted_is_busy(b->h), 1);
    hosted_destroy(b->h);
    expect_notes("start stop"); /* stop is answered first, destroy waits */
    uv_sem_post(&job_may_end);
    wait_note("gone");
    expect_notes("done destroy gone");
    uv_sem_destroy(&job_may_end);
}

static void jobs_have_a_limit(void **state) {
    (void)state;
    const kinmu_work *work = iface(KINMU_WORK_1);
    int32_t beside[KINMU_JOBS_MAX];
    char expected[NOTES_SIZE] = "";
    assert_int_equal(uv_sem_init(&job_may_end, 0), 0);
    for (uint32_t i = 0; i < KINMU_JOBS_MAX; i++) {
        assert_int_equal(work->submit(b->host, run_waiting, job_done, &beside[i]), KINMU_OK);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%sdone",
                 i > 0 ? " " : "");
    }
    assert_int_equal(work->submit(b->host, run_waiting, job_done, beside), KINMU_E_BUSY);
    assert_int_equal(work->submit(b->host, run_waiting, NULL, beside), KINMU_E_STATE);
    for (uint32_t i = 0; i < KINMU_JOBS_MAX; i++) {
        uv_sem_post(&job_may_end);
    }
    wait_note(expected); /* exactly one done each */
    expect_notes(expected);
    assert_int_equal(hosted_is_busy(b->h), 0);
    uv_sem_destroy(&job_may_end);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_instance_lives_in_order),
        TEST(a_half_built_instance_is_destroyed),
        TEST(a_live_option_changes_without_restart),
        TEST(timers_fire_once_repeat_and_stop),
        TEST(timers_have_a_limit),
        TEST(a_slow_turn_is_told),
        TEST(polls_wait_pause_and_end),
        TEST(polls_have_a_limit),
        TEST(destroy_waits_for_a_job),
        TEST(jobs_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
