/* workday/rounds/uses.c - see uses.h. */
#include "rounds/uses.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/calendar.h>
#include <kinmu/events/day.h>
#include <kinmu/events/fleet.h>
#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/request.h>
#include <kinmu/events/session.h>
#include <kinmu/events/task.h>

const kinmu_schema_use workday_uses[USES] = {
    [USE_INPUT] = {&kinmu_input_minute, KINMU_ACCEPTS, 0},
    [USE_CHANGE] = {&kinmu_session_change, KINMU_ACCEPTS, 0},
    [USE_GAP] = {&kinmu_observation_gap, KINMU_ACCEPTS, 0},
    [USE_PUNCH] = {&kinmu_attendance_punch, KINMU_ACCEPTS, 0},
    [USE_PRESENCE] = {&kinmu_presence_change, KINMU_ACCEPTS, 0},
    [USE_MEETING] = {&kinmu_calendar_event, KINMU_ACCEPTS, 0},
    [USE_PERSON] = {&kinmu_people_person, KINMU_ACCEPTS, 0},
    [USE_ASSIGNMENT] = {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    [USE_GROUP] = {&kinmu_people_group, KINMU_ACCEPTS, 0},
    [USE_PATTERN] = {&kinmu_people_pattern, KINMU_ACCEPTS, 0},
    [USE_ACCOUNT] = {&kinmu_people_account, KINMU_ACCEPTS, 0},
    [USE_COMPUTER] = {&kinmu_people_computer, KINMU_ACCEPTS, 0},
    [USE_HOLIDAY] = {&kinmu_people_holiday, KINMU_ACCEPTS, 0},
    [USE_SETTING] = {&kinmu_people_setting, KINMU_ACCEPTS, 0},
    [USE_DEVICE] = {&kinmu_fleet_device, KINMU_ACCEPTS, 0},
    [USE_SCHEDULE] = {&kinmu_people_schedule, KINMU_ACCEPTS, 0},
    [USE_ATTENDANCE] = {&kinmu_attendance_day, KINMU_ACCEPTS, 0},
    [USE_REQUEST] = {&kinmu_request_request, KINMU_ACCEPTS, 0},
    [USE_TASK] = {&kinmu_work_task, KINMU_ACCEPTS, 0},
    [USE_FORGET] = {&kinmu_audit_forget, KINMU_ACCEPTS, 0},
    [USE_DAY] = {&kinmu_work_day, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_MONTH] = {&kinmu_work_month, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_ALERT] = {&kinmu_alert, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_CLOSING] = {&kinmu_work_closing, KINMU_EMITS | KINMU_ACCEPTS, 0},
};
