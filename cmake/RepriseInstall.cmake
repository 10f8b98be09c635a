# What is installed: one library made of all floors, its headers, a pkg-config
# file, a CMake package, the program, its manual pages and completions.
include(CMakePackageConfigHelpers)

get_property(floors GLOBAL PROPERTY rp_floors)
get_property(include_dirs GLOBAL PROPERTY rp_include_dirs)
get_property(libraries GLOBAL PROPERTY rp_libraries)
get_property(public_libraries GLOBAL PROPERTY rp_public_libraries)
list(REMOVE_DUPLICATES libraries)
list(REMOVE_DUPLICATES public_libraries)

# The objects of the floors, not the floors: users link one file.
foreach(floor IN LISTS floors)
    list(APPEND objects $<TARGET_OBJECTS:${floor}>)
endforeach()
add_library(reprise_lib STATIC ${objects})
add_library(reprise::reprise ALIAS reprise_lib)
set_target_properties(reprise_lib PROPERTIES
    OUTPUT_NAME reprise EXPORT_NAME reprise LINKER_LANGUAGE C)
foreach(dir IN LISTS include_dirs)
    target_include_directories(reprise_lib INTERFACE $<BUILD_INTERFACE:${dir}>)
    install(DIRECTORY ${dir}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()
target_include_directories(reprise_lib
    INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(reprise_lib
    PUBLIC ${public_libraries} PRIVATE ${libraries})

# Modules by their pkg-config names; what has none is a bare -l.
set(pc_requires "")
set(config_modules "")
set(pc_libs "")
foreach(library IN LISTS libraries)
    if(library MATCHES "^PkgConfig::(.+)$")
        set(name ${CMAKE_MATCH_1})
        get_property(module GLOBAL PROPERTY rp_module_of_${name})
        if(NOT module)
            message(FATAL_ERROR "Declare ${library} with rp_dependency()")
        endif()
        list(APPEND pc_requires ${module})
        string(APPEND config_modules
            "pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})\n")
    elseif(library STREQUAL "Threads::Threads")
        string(APPEND config_modules "find_dependency(Threads)\n")
        string(APPEND pc_libs " -pthread")
    else()
        string(APPEND pc_libs " -l${library}")
    endif()
endforeach()
# The archive is static, so whoever links it needs all of them. They are
# Requires and not Requires.private, so that linking works without --static.
string(REPLACE ";" " " pc_requires "${pc_requires}")

# Relative to where the file lies, so that an install can be moved.
file(RELATIVE_PATH pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/reprise.pc.in reprise.pc @ONLY)
configure_package_config_file(cmake/repriseConfig.cmake.in repriseConfig.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reprise
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(repriseConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)

install(TARGETS reprise_lib EXPORT reprise
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT reprise NAMESPACE reprise:: FILE repriseTargets.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reprise)
install(FILES ${PROJECT_BINARY_DIR}/repriseConfig.cmake
    ${PROJECT_BINARY_DIR}/repriseConfigVersion.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reprise)
install(FILES ${PROJECT_BINARY_DIR}/reprise.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(TARGETS reprise RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
    FILES_MATCHING PATTERN "*.1")
install(FILES completion/reprise.bash RENAME reprise
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completion/_reprise
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completion/reprise.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY dashboards/grafana dashboards/jaeger dashboards/prometheus
    DESTINATION ${CMAKE_INSTALL_DATADIR}/reprise/dashboards)
