/* shared/caller.h - who called, as plugins write it down: "os:alice", "plugin:csv", "person:U08",
 * "token:9f3c…", "login:admin" (kinmu_call.caller). Pure. */
#ifndef SHARED_CALLER_H
#define SHARED_CALLER_H

/* The channel of an audit entry: "cli", "api", "console" or "plugin". */
const char *caller_channel(const char *caller);
/* The person the host vouches for; NULL when the caller is none. */
const char *caller_person(const char *caller);
/* The name an audit entry bears: a person's id as it is, all others with their kind before it. */
const char *caller_name(const char *caller);

#endif
