# The installed library, as a stranger uses it.
if(REPRISE_INSTALL AND NOT REPRISE_COVERAGE)
    set(flags "")
    if(REPRISE_SANITIZE)
        set(flags -fsanitize=${REPRISE_SANITIZE})
    endif()
    if(REPRISE_FUZZ)
        list(APPEND flags -fsanitize=fuzzer-no-link)
    endif()
    add_test(NAME consumer COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/consumer/run
        ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER} ${flags})
    set_tests_properties(consumer PROPERTIES TIMEOUT 1800)
endif()
