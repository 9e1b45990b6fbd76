/* simulate/report.c - see report.h. */
#include "simulate/report.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static const double shares[] = {0.5, 0.9, 0.99};
static const char *const share_names[] = {"p50", "p90", "p99"};
#define SHARES (sizeof shares / sizeof shares[0])
#define MS(ns) ((double)(ns) / 1e6)

static double rate(uint64_t count, double seconds) {
    return seconds > 0 ? (double)count / seconds : 0;
}

static void text_latency(buffer *out, const char *name, const histogram *h) {
    buffer_printf(out, "%s", name);
    for (size_t i = 0; i < SHARES; i++) {
        buffer_printf(out, " %s %.2f", share_names[i], MS(histogram_at(h, shares[i])));
    }
    buffer_printf(out, " max %.2f ms (%" PRIu64 ")\n", MS(h->max_ns), h->total);
}

static void text_tally(buffer *out, const char *name, const agent_tally *tally) {
    buffer_printf(out,
                  "%s%" PRIu64 " events (%" PRIu64 " session, %" PRIu64 " input, %" PRIu64
                  " window) in %" PRIu64 " blocks; sum of keys %" PRIu64 "\n",
                  name, agent_tally_events(tally), tally->events[MINUTE_SESSION],
                  tally->events[MINUTE_INPUT], tally->events[MINUTE_FOCUS], tally->blocks,
                  tally->keys);
}

static void text_run(const run_report *report, buffer *out) {
    buffer_printf(out,
                  "agents        %u (%u enrolled in %.1f s); refused %u, forked %u, gave up %u\n",
                  report->agents, report->enrolled, report->enrol_seconds, report->refused,
                  report->forked, report->bad);
    text_tally(out, "acknowledged  ", &report->acknowledged);
    if (report->declined.blocks > 0) {
        text_tally(out, "declined      ", &report->declined);
    }
    buffer_printf(out, "unconfirmed   %" PRIu64 " blocks\n", report->unsent);
    buffer_printf(out,
                  "pushes        %" PRIu64 " confirmed in %.2f s; repeated %" PRIu64
                  ", put off %" PRIu64 ", broken off %" PRIu64 "\n",
                  report->pushes, report->seconds, report->again, report->later, report->lost);
    buffer_printf(out, "rate          %.0f events/s, %.1f pushes/s, %.2f MB out\n",
                  rate(agent_tally_events(&report->acknowledged), report->seconds),
                  rate(report->pushes, report->seconds), (double)report->peers.bytes_out / 1e6);
    text_latency(out, "push         ", &report->push);
    text_latency(out, "connect      ", &report->connect);
    buffer_printf(out, "connections   %" PRIu64 " (%" PRIu64 " resumed), broken %" PRIu64 "\n",
                  report->peers.connects, report->peers.resumed, report->peers.failures);
    buffer_printf(out,
                  "faults        %" PRIu64 " answers dropped, %" PRIu64 " sent twice, %" PRIu64
                  " out of order, %" PRIu64 " cut off, %" PRIu64 " clock steps\n",
                  report->faults[FAULT_DROP], report->faults[FAULT_DUPLICATE],
                  report->faults[FAULT_REORDER], report->faults[FAULT_DISCONNECT],
                  report->clock_steps);
    if (report->back_seconds > 0) {
        buffer_printf(out, "outage        %.2f s until all were heard again\n",
                      report->back_seconds);
    }
    if (report->problem[0] != '\0') {
        buffer_printf(out, "the hub said  %s\n", report->problem);
    }
}

void report_text(const run_report *report, buffer *out) {
    char digest[2 * CRYPTO_HASH_SIZE + 1];
    text_hex(digest, report->digest, CRYPTO_HASH_SIZE);
    text_tally(out, "made          ", &report->made);
    if (report->peers.connects > 0) { /* else nobody went to a hub */
        text_run(report, out);
    }
    buffer_printf(out, "digest        %s\n", digest);
}

/* ---- JSON ---- */

static void json_latency(buffer *out, const char *name, const histogram *h) {
    buffer_printf(out, ",\"%s\":{\"count\":%" PRIu64, name, h->total);
    for (size_t i = 0; i < SHARES; i++) {
        buffer_printf(out, ",\"%s_ms\":%.3f", share_names[i], MS(histogram_at(h, shares[i])));
    }
    buffer_printf(out, ",\"max_ms\":%.3f}", MS(h->max_ns));
}

static void json_tally(buffer *out, const char *name, const agent_tally *tally) {
    buffer_printf(out,
                  ",\"%s\":{\"events\":%" PRIu64 ",\"session\":%" PRIu64 ",\"input\":%" PRIu64
                  ",\"window\":%" PRIu64 ",\"blocks\":%" PRIu64 ",\"keys\":%" PRIu64 "}",
                  name, agent_tally_events(tally), tally->events[MINUTE_SESSION],
                  tally->events[MINUTE_INPUT], tally->events[MINUTE_FOCUS], tally->blocks,
                  tally->keys);
}

void report_json(const run_report *report, buffer *out) {
    char digest[2 * CRYPTO_HASH_SIZE + 1];
    text_hex(digest, report->digest, CRYPTO_HASH_SIZE);
    buffer_printf(out, "{\"agents\":%u,\"enrolled\":%u,\"enrol_s\":%.3f,\"seconds\":%.3f",
                  report->agents, report->enrolled, report->enrol_seconds, report->seconds);
    buffer_printf(out, ",\"refused\":%u,\"forked\":%u,\"gave_up\":%u", report->refused,
                  report->forked, report->bad);
    json_tally(out, "made", &report->made);
    json_tally(out, "acknowledged", &report->acknowledged);
    json_tally(out, "declined", &report->declined);
    buffer_printf(out,
                  ",\"unconfirmed_blocks\":%" PRIu64 ",\"pushes\":%" PRIu64 ",\"repeated\":%" PRIu64
                  ",\"put_off\":%" PRIu64 ",\"broken_off\":%" PRIu64,
                  report->unsent, report->pushes, report->again, report->later, report->lost);
    buffer_printf(out, ",\"events_per_s\":%.1f,\"pushes_per_s\":%.2f",
                  rate(agent_tally_events(&report->acknowledged), report->seconds),
                  rate(report->pushes, report->seconds));
    buffer_printf(out, ",\"bytes_out\":%" PRIu64 ",\"bytes_in\":%" PRIu64, report->peers.bytes_out,
                  report->peers.bytes_in);
    json_latency(out, "push", &report->push);
    json_latency(out, "connect", &report->connect);
    buffer_printf(out, ",\"connections\":%" PRIu64 ",\"resumed\":%" PRIu64 ",\"broken\":%" PRIu64,
                  report->peers.connects, report->peers.resumed, report->peers.failures);
    buffer_text(out, ",\"answers\":{");
    for (uint32_t i = 2; i < 6; i++) {
        buffer_printf(out, "%s\"%uxx\":%" PRIu64, i > 2 ? "," : "", i, report->statuses[i]);
    }
    buffer_printf(out,
                  "},\"faults\":{\"drop\":%" PRIu64 ",\"duplicate\":%" PRIu64
                  ",\"reorder\":%" PRIu64 ",\"disconnect\":%" PRIu64 ",\"clock\":%" PRIu64 "}",
                  report->faults[FAULT_DROP], report->faults[FAULT_DUPLICATE],
                  report->faults[FAULT_REORDER], report->faults[FAULT_DISCONNECT],
                  report->clock_steps);
    buffer_printf(out, ",\"late_ms_max\":%.3f,\"outage_s\":%.3f,\"problem\":",
                  MS(report->lateness_ns_max), report->back_seconds);
    text_json(out, report->problem, strlen(report->problem));
    buffer_printf(out, ",\"digest\":\"%s\"}\n", digest);
}

void report_verify_text(const verify_report *report, buffer *out) {
    buffer_printf(out, "agents        %u, of which %u differ\n", report->agents, report->differing);
    text_tally(out, "acknowledged  ", &report->acknowledged);
    buffer_printf(out, "stored        %" PRIu64 " events; sum of keys %" PRIu64 "\n",
                  agent_tally_events(&report->stored), report->stored.keys);
    buffer_printf(out, "missing %" PRIu64 ", too many %" PRIu64 ", twice %" PRIu64 "\n",
                  report->missing, report->surplus, report->doubled);
    if (report->first[0] != '\0') {
        buffer_printf(out, "first         %s\n", report->first);
    }
}

void report_verify_json(const verify_report *report, buffer *out) {
    buffer_printf(out, "{\"agents\":%u,\"differing\":%u", report->agents, report->differing);
    json_tally(out, "acknowledged", &report->acknowledged);
    json_tally(out, "stored", &report->stored);
    buffer_printf(
        out, ",\"missing\":%" PRIu64 ",\"surplus\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"first\":",
        report->missing, report->surplus, report->doubled);
    text_json(out, report->first, strlen(report->first));
    buffer_text(out, "}\n");
}
