#include "module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program, without a slash; false: not known. */
static bool program_folder(char *out, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out, size - 1);
    if (len <= 0) {
        return false;
    }
    out[len] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

static void *load(const char *folder, const char *below, const char *file)
{
    char path[PATH_MAX + 128];
    (void)snprintf(path, sizeof(path), "%s%s/%s", folder, below, file);
    return access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Beside the program as it is built, then as it is installed. */
static void *load_any(const char *file)
{
    char folder[PATH_MAX];
    void *library = NULL;
    if (program_folder(folder, sizeof(folder))) {
        library = load(folder, "", file);
        if (library == NULL) {
            library = load(folder, "/../" RP_MODULE_DIR_RELATIVE, file);
        }
    }
    return library != NULL ? library : load(RP_MODULE_DIR, "", file);
}

enum rp_code rp__module_load(const void **out, const char *file,
    const char *symbol, int version, const char *purpose, struct rp_err *err)
{
    void *library = load_any(file);
    const char *why = library == NULL ? dlerror() : NULL;
    if (library == NULL) {
        return rp_err_set(err, RP_E_NOT_FOUND, "cannot load %s, which %s: %s",
            file, purpose,
            why == NULL ? "it is neither beside the program nor in "
                          "'" RP_MODULE_DIR "'"
                        : why);
    }
    const int *found = dlsym(library, symbol);
    if (found == NULL || *found != version) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            "%s is of another version than this program", file);
    }
    *out = found;
    return RP_OK;
}
