/* kinmu/events/all.h - every schema of the shared vocabulary, for those who handle all of them. A
 * plugin includes only the headers of what it emits and accepts. */
#ifndef KINMU_EVENTS_ALL_H
#define KINMU_EVENTS_ALL_H

#include <kinmu/events/access.h>
#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/calendar.h>
#include <kinmu/events/camera.h>
#include <kinmu/events/day.h>
#include <kinmu/events/directory.h>
#include <kinmu/events/file.h>
#include <kinmu/events/fleet.h>
#include <kinmu/events/import.h>
#include <kinmu/events/input.h>
#include <kinmu/events/inventory.h>
#include <kinmu/events/mail.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/request.h>
#include <kinmu/events/search.h>
#include <kinmu/events/session.h>
#include <kinmu/events/task.h>
#include <kinmu/events/window.h>

/* One a line, whatever their number. */
/* clang-format off */
static const kinmu_schema *const kinmu_vocabulary[] = {
    &kinmu_session_change,
    &kinmu_input_minute,
    &kinmu_window_focus,
    &kinmu_observation_gap,
    &kinmu_people_person,
    &kinmu_people_assignment,
    &kinmu_people_group,
    &kinmu_people_pattern,
    &kinmu_people_account,
    &kinmu_people_computer,
    &kinmu_people_holiday,
    &kinmu_people_site,
    &kinmu_people_setting,
    &kinmu_people_schedule,
    &kinmu_import_result,
    &kinmu_attendance_punch,
    &kinmu_attendance_shift,
    &kinmu_attendance_day,
    &kinmu_work_day,
    &kinmu_work_month,
    &kinmu_work_closing,
    &kinmu_request_request,
    &kinmu_request_decision,
    &kinmu_work_task,
    &kinmu_calendar_event,
    &kinmu_calendar_sync,
    &kinmu_presence_change,
    &kinmu_camera_state,
    &kinmu_camera_incident,
    &kinmu_camera_image,
    &kinmu_camera_part,
    &kinmu_camera_face,
    &kinmu_inventory_device,
    &kinmu_inventory_volume,
    &kinmu_inventory_application,
    &kinmu_inventory_patch,
    &kinmu_directory_signin,
    &kinmu_directory_account,
    &kinmu_directory_licence,
    &kinmu_directory_device,
    &kinmu_directory_threat,
    &kinmu_directory_service,
    &kinmu_directory_storage,
    &kinmu_file_operation,
    &kinmu_audit_read,
    &kinmu_audit_change,
    &kinmu_audit_agreement,
    &kinmu_audit_forget,
    &kinmu_audit_hold,
    &kinmu_audit_demand,
    &kinmu_audit_access,
    &kinmu_access_token,
    &kinmu_access_answer,
    &kinmu_access_login,
    &kinmu_access_session,
    &kinmu_access_factor,
    &kinmu_search_saved,
    &kinmu_alert,
    &kinmu_mail_message,
    &kinmu_fleet_device,
    &kinmu_fleet_invite,
};
/* clang-format on */

#define KINMU_VOCABULARY_COUNT (sizeof(kinmu_vocabulary) / sizeof(kinmu_vocabulary[0]))

#endif
