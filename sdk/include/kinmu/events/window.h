/* kinmu/events/window.h - which window was in the foreground (COL-04, COL-12, EXP-21). */
#ifndef KINMU_EVENTS_WINDOW_H
#define KINMU_EVENTS_WINDOW_H

#include <kinmu/schema.h>

/* Field positions of kinmu.window.focus/1. */
#define KINMU_WINDOW_FOCUS_PROCESS 0
#define KINMU_WINDOW_FOCUS_TITLE 1
#define KINMU_WINDOW_FOCUS_URL 2
#define KINMU_WINDOW_FOCUS_CAUSE 3
#define KINMU_WINDOW_FOCUS_ELEVATED 4
#define KINMU_WINDOW_FOCUS_FIELDS 5

static const kinmu_field kinmu_window_focus_fields[] = {
    {"process", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_APPLICATION, "", NULL,
     "Program name without path. Null: no window is in the foreground, or it was excluded."},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL,
     "Window title, by privacy.title: off (null), on, or hashed."},
    {"url", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_URL, "", NULL,
     "Address of the foreground browser tab, by privacy.url: host and path by default (COL-05)."},
    {"cause", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "focus|title|start|end|none",
     "focus: another window became active. title: the same window changed its title. start: "
     "observation began with this window. end: observation ended. none: no window has the focus."},
    {"elevated", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The window belongs to a process with higher rights (COL-38)."},
};

static const kinmu_schema kinmu_window_focus = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.window.focus",
                                                KINMU_KIND_LOG,
                                                0,
                                                "activity",
                                                NULL,
                                                NULL,
                                                KINMU_TABLE(kinmu_window_focus_fields),
                                                "The foreground window changed; it stays until the "
                                                "next such event of the same subject and device."};

#endif
