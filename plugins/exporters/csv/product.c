/* csv/product.c - see product.h. */
#include "product.h"

#include "days.h"
#include "directory.h"
#include "words.h"
#include "work_sheets.h"

#include <stdlib.h>

struct product {
    folder *folder;
    period period;
    uint32_t wanted;
    words *texts;
    directory *people;
    days *days;
};

int32_t product_create(folder *f, const period *p, uint32_t wanted, product **out) {
    product *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return KINMU_E_NOMEM;
    }
    files->folder = f;
    files->period = *p;
    files->wanted = wanted;
    int32_t status = words_create(&files->texts);
    if (status == KINMU_OK) {
        status = directory_create(files->texts, &files->people);
    }
    if (status == KINMU_OK) {
        status = days_create(files->texts, p, &files->days);
    }
    if (status != KINMU_OK) {
        product_destroy(files);
        return status;
    }
    *out = files;
    return KINMU_OK;
}

void product_record(product *files, uint32_t kind, const kinmu_event *record) {
    if (files->wanted == 0) {
        return;
    }
    switch (kind) {
    case PRODUCT_PERSON:
        directory_person(files->people, record);
        break;
    case PRODUCT_ASSIGNMENT:
        directory_assignment(files->people, record);
        break;
    case PRODUCT_GROUP:
        directory_group(files->people, record);
        break;
    case PRODUCT_DAY:
        days_add(files->days, record);
        break;
    default:
        break;
    }
}

static int32_t seal(product *files) {
    int32_t status = directory_seal(files->people);
    if (status == KINMU_OK) {
        status = days_seal(files->days, files->people);
    }
    return words_failed(files->texts) ? KINMU_E_NOMEM : status;
}

int32_t product_finish(product *files, kinmu_err *err) {
    if (files->wanted == 0) {
        return KINMU_OK;
    }
    int32_t status = seal(files);
    if (status == KINMU_OK && (files->wanted & PRODUCT_KINMU) != 0) {
        char name[PERIOD_NAME_SIZE];
        period_name(&files->period, "kinmu", "csv", name);
        status = work_sheets_kinmu(files->folder, name, &files->period, files->texts, files->people,
                                   files->days, err);
    }
    return status;
}

void product_destroy(product *files) {
    if (files == NULL) {
        return;
    }
    days_destroy(files->days);
    directory_destroy(files->people);
    words_destroy(files->texts);
    free(files);
}
