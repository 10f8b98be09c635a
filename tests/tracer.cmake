# Floor tracer: one program a module; support.c is what they share.
get_target_property(engine_sources rp_engine SOURCES)
if(engine_sources MATCHES placeholder)
    return()
endif()
foreach(module store reader fold held_files metric_store otlp_import otlp_json otlp_read otlp_trip place trouble writers)
    rp_test(test_tracer_${module} rp_tracer unit/tracer/test_${module}.c
        unit/tracer/support.c)
    target_include_directories(test_tracer_${module} PRIVATE
        ${PROJECT_SOURCE_DIR}/tracer/src)
    target_link_libraries(test_tracer_${module} PRIVATE PkgConfig::sqlite3)
endforeach()
# A thread of the recorder moves its log.
foreach(test store reader metric_store trouble writers)
    set_property(TEST test_tracer_${test} APPEND PROPERTY LABELS threads)
endforeach()
target_compile_definitions(test_tracer_otlp_json PRIVATE
    RP_GOLDEN="${CMAKE_CURRENT_SOURCE_DIR}/unit/tracer/otlp_clinic.jsonl")
set_tests_properties(test_tracer_writers PROPERTIES TIMEOUT 1800)
rp_test(test_metric rp_tracer unit/tracer/test_metric.c)
rp_test(test_otlp_config rp_tracer unit/tracer/test_otlp_config.c)
rp_test(test_otlp_verdict rp_tracer unit/tracer/test_otlp_verdict.c)
rp_test(test_span_capture rp_tracer unit/tracer/test_span_capture.c)
rp_test(test_span_limits rp_tracer unit/tracer/test_span_limits.c)
# The encoder as it is for this machine, and as it is for any.
rp_test(test_otlp_quick rp_tracer unit/tracer/test_otlp_quick.c)
rp_test(test_otlp_quick_portable rp_tracer unit/tracer/test_otlp_quick.c
    ${PROJECT_SOURCE_DIR}/tracer/src/otlp_quick.c
    ${PROJECT_SOURCE_DIR}/tracer/src/otlp_usual.c)
target_compile_definitions(test_otlp_quick_portable PRIVATE RP__BLOCK_PORTABLE)
foreach(test test_otlp_quick test_otlp_quick_portable)
    target_include_directories(${test} PRIVATE ${PROJECT_SOURCE_DIR}/tracer/src)
endforeach()
