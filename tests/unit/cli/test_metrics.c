/* Where metrics are served, and in which form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "metrics.h"

static void a_place_is_a_port_with_or_without_an_address(void **state)
{
    static const struct {
        const char *text, *address;
        uint16_t port;
    } rows[] = {
        {"9464", "127.0.0.1", 9464},
        {"0", "127.0.0.1", 0},
        {"65535", "127.0.0.1", 65535},
        {"localhost:1", "127.0.0.1", 1},
        {"0.0.0.0:9464", "0.0.0.0", 9464},
        {"[::1]:9464", "::1", 9464},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(rows); i++) {
        char address[64];
        uint16_t port = 7;
        assert_true(
            rp__metrics_place(rows[i].text, address, sizeof(address), &port));
        assert_string_equal(address, rows[i].address);
        assert_int_equal(port, rows[i].port);
    }
}

static void what_is_no_place_is_refused(void **state)
{
    static const char *const texts[] = {"", ":", ":9464", "host:", "65536",
        "-1", "94 64", "99999999999999999999", "a:b", "1.2.3.4"};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        char address[64];
        uint16_t port;
        if (rp__metrics_place(texts[i], address, sizeof(address), &port)) {
            fail_msg("'%s' was taken for %s", texts[i], address);
        }
    }
    char small[4];
    uint16_t port;
    assert_false(rp__metrics_place("10.0.0.1:1", small, sizeof(small), &port));
}

static void openmetrics_is_for_who_wants_it_at_least_as_much(void **state)
{
    static const struct {
        const char *accept;
        enum rp_metric_form form;
    } rows[] = {
        {"", RP_METRIC_PROMETHEUS},
        {"*/*", RP_METRIC_PROMETHEUS},
        {"text/html, application/xhtml+xml, */*;q=0.8", RP_METRIC_PROMETHEUS},
        {"application/json", RP_METRIC_PROMETHEUS},
        {"application/openmetrics-text", RP_METRIC_OPENMETRICS},
        {"application/openmetrics-text;version=1.0.0,"
         "application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            RP_METRIC_OPENMETRICS},
        {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;"
         "q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            RP_METRIC_OPENMETRICS},
        {"application/openmetrics-text;q=0.3, text/plain;q=0.35",
            RP_METRIC_PROMETHEUS},
        {"application/openmetrics-text; q = 0.40 , text/plain;q=0.399",
            RP_METRIC_OPENMETRICS},
        {"application/openmetrics-text;q=0, text/plain", RP_METRIC_PROMETHEUS},
        {"application/openmetrics-text;q=0", RP_METRIC_PROMETHEUS},
        {";,;q=,=,", RP_METRIC_PROMETHEUS},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(rows); i++) {
        if (rp__metrics_wanted(rp_str_of(rows[i].accept)) != rows[i].form) {
            fail_msg("%s", rows[i].accept);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_a_port_with_or_without_an_address),
        cmocka_unit_test(what_is_no_place_is_refused),
        cmocka_unit_test(openmetrics_is_for_who_wants_it_at_least_as_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
