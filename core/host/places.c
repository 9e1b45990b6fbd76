/* host/places.c - see places.h. */
#include "host/places.h"

#include "base/crypto.h"
#include "base/error.h"
#include "sql/place.h"
#include <kinmu/iface/secret.h>

static int32_t use(const char *data, uint32_t first, uint32_t last, const char *place,
                   const config_node *password, kinmu_err *err) {
    char secret[KINMU_SECRET_BYTES_MAX + 1] = "";
    uint32_t size = sizeof secret;
    int32_t status = KINMU_OK;
    if (password != NULL) {
        status = config_secret_at(password, secret, &size, err);
    }
    for (uint32_t tables = first; status == KINMU_OK && tables <= last; tables++) {
        status = sql_place_set(data, tables, place, NULL, secret, err);
    }
    crypto_wipe(secret, sizeof secret);
    return status;
}

int32_t places_use(const config *c, const char *data, kinmu_err *err) {
    int32_t status = KINMU_OK;
    sql_place_forget(data);
    if (c->journal_postgres != NULL) {
        status = use(data, SQL_JOURNAL, SQL_KEYS, c->journal_postgres, c->journal_password, err);
    }
    if (status == KINMU_OK && c->store_postgres != NULL) {
        status = use(data, SQL_STORE, SQL_STORE, c->store_postgres, c->store_password, err);
    }
    return status;
}
