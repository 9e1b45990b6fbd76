/* kinmu/events/camera.h - camera evidence (COL-20, COL-47, CAM-*): stills only, off by default,
 * bound to the purpose "evidence". */
#ifndef KINMU_EVENTS_CAMERA_H
#define KINMU_EVENTS_CAMERA_H

#include <kinmu/schema.h>

/* Field positions of kinmu.camera.state/1. */
#define KINMU_CAMERA_STATE_STATE 0
#define KINMU_CAMERA_STATE_CAMERA 1
#define KINMU_CAMERA_STATE_FIELDS 2

static const kinmu_field kinmu_camera_state_fields[] = {
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "on|off|none|busy|remote|blocked", "none is a state, not an absence."},
    {"camera", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name of the camera."},
};

static const kinmu_schema kinmu_camera_state = {
    sizeof(kinmu_schema),
    1,
    "kinmu.camera.state",
    KINMU_KIND_LOG,
    0,
    "evidence",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_camera_state_fields),
    "The camera lane began to be in a state (CAM-06, CAM-09)."};

/* Field positions of kinmu.camera.incident/1. */
#define KINMU_CAMERA_INCIDENT_INCIDENT_ID 0
#define KINMU_CAMERA_INCIDENT_KIND 1
#define KINMU_CAMERA_INCIDENT_CONFIDENCE 2
#define KINMU_CAMERA_INCIDENT_THRESHOLD 3
#define KINMU_CAMERA_INCIDENT_CAMERA_IMAGE_ID 4
#define KINMU_CAMERA_INCIDENT_SCREEN_IMAGE_ID 5
#define KINMU_CAMERA_INCIDENT_FIELDS 6

static const kinmu_field kinmu_camera_incident_fields[] = {
    {"incident_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Id of the incident."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "",
     "peep|impostor|unknown", "覗き見, なりすまし, or a face nobody knows."},
    {"confidence", KINMU_TYPE_F64, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "0 to 1, by the recogniser."},
    {"threshold", KINMU_TYPE_F64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The threshold in force."},
    {"camera_image_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Frame kept, if any."},
    {"screen_image_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Screenshot kept, if any."},
};

static const kinmu_schema kinmu_camera_incident = {
    sizeof(kinmu_schema),
    1,
    "kinmu.camera.incident",
    KINMU_KIND_LOG,
    0,
    "evidence",
    NULL,
    "incident_id",
    KINMU_TABLE(kinmu_camera_incident_fields),
    "Somebody else was seen (CAM-03). A person judges it (APR-11)."};

/* Field positions of kinmu.camera.image/1. */
#define KINMU_CAMERA_IMAGE_IMAGE_ID 0
#define KINMU_CAMERA_IMAGE_SOURCE 1
#define KINMU_CAMERA_IMAGE_CAUSE 2
#define KINMU_CAMERA_IMAGE_FORMAT 3
#define KINMU_CAMERA_IMAGE_WIDTH_PX 4
#define KINMU_CAMERA_IMAGE_HEIGHT_PX 5
#define KINMU_CAMERA_IMAGE_SIZE_BYTES 6
#define KINMU_CAMERA_IMAGE_SHA256 7
#define KINMU_CAMERA_IMAGE_IS_BLURRED 8
#define KINMU_CAMERA_IMAGE_PARTS 9
#define KINMU_CAMERA_IMAGE_FIELDS 10

static const kinmu_field kinmu_camera_image_fields[] = {
    {"image_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Id of the image."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "camera|screen", "camera: at most 640x480; screen: at most 1920x1080."},
    {"cause", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "incident|interval|enrolment", "Why it was kept."},
    {"format", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"image/jpeg\"."},
    {"width_px", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "px",
     NULL, "Width."},
    {"height_px", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "px",
     NULL, "Height."},
    {"size_bytes", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B",
     NULL, "Size of the whole image."},
    {"sha256", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Hash of the whole image."},
    {"is_blurred", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Bystanders were made unrecognisable."},
    {"parts", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Number of parts."},
};

static const kinmu_schema kinmu_camera_image = {
    sizeof(kinmu_schema),
    1,
    "kinmu.camera.image",
    KINMU_KIND_LOG,
    0,
    "evidence",
    NULL,
    "image_id",
    KINMU_TABLE(kinmu_camera_image_fields),
    "A still was kept (CAM-04, CAM-05); its bytes follow in parts."};

/* Field positions of kinmu.camera.part/1. */
#define KINMU_CAMERA_PART_IMAGE_ID 0
#define KINMU_CAMERA_PART_PART 1
#define KINMU_CAMERA_PART_DATA 2
#define KINMU_CAMERA_PART_FIELDS 3

static const kinmu_field kinmu_camera_part_fields[] = {
    {"image_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "The image."},
    {"part", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "1 … parts."},
    {"data", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "",
     NULL, "The bytes."},
};

static const kinmu_schema kinmu_camera_part = {sizeof(kinmu_schema),
                                               1,
                                               "kinmu.camera.part",
                                               KINMU_KIND_LOG,
                                               0,
                                               "evidence",
                                               NULL,
                                               "image_id",
                                               KINMU_TABLE(kinmu_camera_part_fields),
                                               "A piece of an image, at most 16384 bytes."};

/* Field positions of kinmu.camera.face/1. */
#define KINMU_CAMERA_FACE_FACE_ID 0
#define KINMU_CAMERA_FACE_PERSON 1
#define KINMU_CAMERA_FACE_STATE 2
#define KINMU_CAMERA_FACE_MODEL 3
#define KINMU_CAMERA_FACE_TEMPLATE 4
#define KINMU_CAMERA_FACE_FIELDS 5

static const kinmu_field kinmu_camera_face_fields[] = {
    {"face_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Id of the template."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Whose face."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "active|deleted", "deleted: the template is gone."},
    {"model", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Recogniser and version the template belongs to."},
    {"template", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Features (顔特徴データ)."},
};

static const kinmu_schema kinmu_camera_face = {
    sizeof(kinmu_schema),
    1,
    "kinmu.camera.face",
    KINMU_KIND_RECORD,
    0,
    "evidence",
    "people",
    "person",
    KINMU_TABLE(kinmu_camera_face_fields),
    "A registered face of a person (CAM-01, CAM-02, L9): the template only, sealed; several per "
    "person."};

#endif
