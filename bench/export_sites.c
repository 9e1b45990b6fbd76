/* export_sites.c - names of 10^6 addresses by 10^5 registered beginnings (IMP-15), by the csv
 * exporter's own table. Prints "export.sites SECONDS", sorting included.
 */
#include "measure.h"
#include "known/sites.h"

#include <kinmu/events/people.h>

#include <stdio.h>
#include <string.h>

#define SITES 100000u
#define ADDRESSES 1000000u
#define ADDRESS_SIZE 96

static void make_site(char out[ADDRESS_SIZE], uint32_t i) {
    (void)snprintf(out, ADDRESS_SIZE, "https://host%u.example.co.jp/%s", i / 4,
                   i % 4 == 0   ? ""
                   : i % 4 == 1 ? "app/"
                   : i % 4 == 2 ? "app/orders/"
                                : "shop");
}

static void add_sites(sites *s) {
    for (uint32_t i = 0; i < SITES; i++) {
        char prefix[ADDRESS_SIZE];
        make_site(prefix, i);
        const kinmu_value values[KINMU_PEOPLE_SITE_FIELDS] = {kinmu_text(prefix),
                                                              kinmu_text(prefix), kinmu_null()};
        const kinmu_event event = {.values = values, .value_count = KINMU_PEOPLE_SITE_FIELDS};
        sites_add(s, &event);
    }
}

int main(void) {
    words *texts = NULL;
    sites *s = NULL;
    uint64_t named = 0;
    measure_must(words_create(&texts), "words", "no memory");
    measure_must(sites_create(texts, &s), "sites", "no memory");
    double begin = measure_now_s();
    add_sites(s);
    measure_must(sites_seal(s), "sites", "no memory");
    for (uint32_t i = 0; i < ADDRESSES; i++) {
        char url[ADDRESS_SIZE * 2];
        char prefix[ADDRESS_SIZE];
        make_site(prefix, i * 7 % (SITES + SITES / 10)); /* one in ten is of nobody */
        int size = snprintf(url, sizeof url, "%s?q=%u", prefix, i);
        named += sites_name(s, url, (size_t)size)[0] != '\0';
    }
    double spent = measure_now_s() - begin;
    measure_must(named < ADDRESSES / 2 || named >= ADDRESSES, "sites", "names are missing");
    measure_print("export.sites", spent);
    sites_destroy(s);
    words_destroy(texts);
    return 0;
}
