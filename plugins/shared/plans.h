/* shared/plans.h - what a company bought, the setting company.plan (PLN-01, PLN-02): which purposes
 * agents collect, what is computed and which files there are. One table for the plans of M and of
 * N; docs/policy.md shows it to administrators. A new plan is a row here and a word in
 * kinmu/events/settings.h. Pure. */
#ifndef SHARED_PLANS_H
#define SHARED_PLANS_H

#include <kinmu/base.h>

#define PLAN_ATTENDANCE 1u   /* PC time beside attendance, and their divergences */
#define PLAN_DETAIL 2u       /* minutes with input, presence */
#define PLAN_APPLICATIONS 4u /* which programs and pages were in front */
#define PLAN_CALENDAR 8u     /* meetings from calendars, beside those entered by hand */
#define PLAN_DASHBOARD 16u

#define PLANS 5u
#define PLAN_FILES 24u
#define PLAN_PURPOSES_MAX 4u
#define PLAN_TEXT_SIZE 128u

typedef struct plan {
    const char *name;                        /* as company.plan has it */
    const char *purposes[PLAN_PURPOSES_MAX]; /* nothing else is collected; none = whatever is
                                                declared */
    uint32_t features;                       /* PLAN_* */
} plan;

typedef struct plan_file {
    const char *choice; /* how the exporter csv is asked for it */
    const char *name;   /* without what tells the period or the user: "app" is <user>_app.csv */
    uint32_t needs;     /* PLAN_* the plan has to have */
} plan_file;

extern const plan plans[PLANS];
extern const plan_file plan_files[PLAN_FILES];

/* The plan of a value of company.plan; of one that is none, or NULL, that of the setting's preset.
 */
const plan *plans_find(const char *name);
int32_t plans_has(const plan *p, uint32_t feature);
int32_t plans_has_purpose(const plan *p, const char *purpose);
int32_t plans_has_file(const plan *p, const char *choice, const char *name);
/* Whether any file of the choice is there. */
int32_t plans_has_choice(const plan *p, const char *choice);
/* "standard, advanced": the plans with the choice. */
void plans_with_choice(const char *choice, char names[PLAN_TEXT_SIZE]);

#endif
