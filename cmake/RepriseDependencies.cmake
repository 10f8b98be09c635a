# Everything comes from Debian; names of the packages are in scripts/packages.
find_package(PkgConfig REQUIRED)

# rp_dependency(NAME MODULE): the library as PkgConfig::NAME, and its place in
# what is installed (reprise.pc and repriseConfig.cmake).
macro(rp_dependency name module)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
    set_property(GLOBAL PROPERTY rp_module_of_${name} ${module})
endmacro()

# Of modules that are loaded when they are needed: nothing links them.
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)

rp_dependency(cjson libcjson)
rp_dependency(pcre2 libpcre2-8)
rp_dependency(nettle nettle)
rp_dependency(sqlite3 sqlite3)
rp_dependency(zlib zlib)
rp_dependency(zstd libzstd)
if(REPRISE_TESTS)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()
