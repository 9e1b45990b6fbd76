/* email/settings.h - conf.d of this plugin, judged and copied: jobs read it while conf.d changes.
 */
#ifndef EMAIL_SETTINGS_H
#define EMAIL_SETTINGS_H

#include "template.h"

#include <kinmu/option.h>

typedef struct email_config {
    const char *server, *security, *authority, *user, *password, *from, *from_name, *service, *url;
    int64_t port, rate, give_up_ms;
    kinmu_text_list notice_to;
    const char *digest_at;
    kinmu_rows templates; /* of template_row */
    int32_t invitations, paused;
} email_config;

typedef struct settings {
    memory memory;
    const char *server, *security, *authority, *user, *password, *from, *from_name, *service, *url;
    int64_t port, timeout_ms, give_up_ms, digest_min;
    int32_t has_invitations;
    const char **notice_to;
    uint32_t notice_count;
    const char *templates[TEMPLATE_KINDS];
} settings;

#define SETTINGS_OPTIONS 17u
extern const kinmu_option settings_options[SETTINGS_OPTIONS];

/* KINMU_E_CONFIG with the option and the cure. */
int32_t settings_take(settings *s, const email_config *config, kinmu_err *err);
void settings_free(settings *s);

#endif
