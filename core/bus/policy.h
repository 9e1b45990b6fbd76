/* bus/policy.h - what may be collected: purposes in force, quiet hours, and redaction of texts
 * before anything is written. Knows roles (application, title, URL, path), never domains. Fails
 * closed: what cannot be judged is dropped. A policy is immutable; a reload builds another. */
#ifndef BUS_POLICY_H
#define BUS_POLICY_H

#include "base/arena.h"
#include "config/config.h"
#include "schema/registry.h"

typedef struct policy policy;

/* hash_key: 32 bytes of this node, for hashed titles. */
int32_t policy_create(const config *conf, const uint8_t hash_key[32], policy **out, kinmu_err *err);
void policy_destroy(policy *p);

/* 1 when that purpose is in force; the schema's. */
int32_t policy_in_force(const policy *p, const char *purpose);
int32_t policy_allows(const policy *p, const schema_info *info);
/* What the person an observation of that schema is of must have accepted first; NULL = nothing.
 * Decisions (records) are no observations. Name, version, `keeps` and hash alone. [any] */
const config_notice *policy_notice(const policy *p, const schema_info *info);
/* 1 when an observation of that moment falls into quiet hours, in which only when people worked
 * (working-time) and who did what (audit) is recorded. Decisions (records) are never quiet. The
 * moment's own offset counts, so a window means what the clock on the wall said. [any] */
int32_t policy_is_quiet(const policy *p, const schema_info *info, int64_t unix_ns,
                        int32_t utc_offset_s);
/* Redacts values in place. New texts go into `scratch`, which must outlive the values. [any] */
int32_t policy_redact(const policy *p, const schema_info *info, kinmu_value *values, uint32_t count,
                      arena *scratch);

#endif
