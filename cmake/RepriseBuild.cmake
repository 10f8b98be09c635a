# Warnings, sanitizers and the one function that declares a floor.

add_library(rp_build INTERFACE)
target_compile_features(rp_build INTERFACE c_std_17)
target_compile_options(rp_build INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wswitch-enum
    -Wconversion -Wno-sign-conversion -fno-common
    $<$<BOOL:${REPRISE_WERROR}>:-Werror>)
if(REPRISE_SANITIZE)
    target_compile_options(rp_build INTERFACE
        -fsanitize=${REPRISE_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(rp_build INTERFACE -fsanitize=${REPRISE_SANITIZE})
endif()
if(REPRISE_COVERAGE)
    target_compile_options(rp_build INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(rp_build INTERFACE --coverage)
endif()
if(REPRISE_FUZZ)
    target_compile_options(rp_build INTERFACE -fsanitize=fuzzer-no-link)
endif()

# rp_floor(NAME SOURCES ... FLOORS ... LIBRARIES ...): a static library whose
# public headers are in include/ beside it. FLOORS are visible to its users,
# LIBRARIES are not, unless listed under PUBLIC_LIBRARIES.
function(rp_floor name)
    cmake_parse_arguments(arg "" "" "SOURCES;FLOORS;LIBRARIES;PUBLIC_LIBRARIES"
        ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name}
        PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
        PRIVATE src)
    set_target_properties(${name} PROPERTIES
        C_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${name}
        PUBLIC ${arg_FLOORS} ${arg_PUBLIC_LIBRARIES}
        PRIVATE rp_build ${arg_LIBRARIES})
    # What the installed library is made of.
    set_property(GLOBAL APPEND PROPERTY rp_floors ${name})
    set_property(GLOBAL APPEND PROPERTY rp_include_dirs
        ${CMAKE_CURRENT_SOURCE_DIR}/include)
    set_property(GLOBAL APPEND PROPERTY rp_libraries
        ${arg_LIBRARIES} ${arg_PUBLIC_LIBRARIES})
    set_property(GLOBAL APPEND PROPERTY rp_public_libraries
        ${arg_PUBLIC_LIBRARIES})
endfunction()
