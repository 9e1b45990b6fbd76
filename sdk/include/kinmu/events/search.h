/* kinmu/events/search.h - searches that people keep (SCR-21). The plugin "api" owns every record.
 */
#ifndef KINMU_EVENTS_SEARCH_H
#define KINMU_EVENTS_SEARCH_H

#include <kinmu/schema.h>

/* Field positions of kinmu.search.saved/1. */
#define KINMU_SEARCH_SAVED_CALLER 0
#define KINMU_SEARCH_SAVED_NAME 1
#define KINMU_SEARCH_SAVED_SCHEMA 2
#define KINMU_SEARCH_SAVED_CONDITIONS 3
#define KINMU_SEARCH_SAVED_STATE 4
#define KINMU_SEARCH_SAVED_FIELDS 5

static const kinmu_field kinmu_search_saved_fields[] = {
    {"caller", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Whose it is, \"person:ID\" or \"token:ID\"."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "What he calls it."},
    {"schema", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The log it looks through, \"kinmu.session.change\"."},
    {"conditions", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE,
     "", NULL, "As in an address, \"kind=logon&days=7\"; judged anew whenever it is run."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|deleted", "A deleted one has no conditions any more."},
};

static const kinmu_schema kinmu_search_saved = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.search.saved",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "audit",
                                                "api",
                                                NULL,
                                                KINMU_TABLE(kinmu_search_saved_fields),
                                                "Conditions of a search that somebody kept."};

#endif
