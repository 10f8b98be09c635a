/* init - a first plan with two workers that runs as it is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <reprise/mem.h>

#include "command.h"
#include "embedded.h"
#include "file.h"
#include "out.h"
#include "say.h"
#include "text.h"

#define PATH_BYTES_MAX 4096
#define INPUT "{\"text\": \"to be or not to be, that is the question\"}"

/* Where each embedded file goes. */
static const struct {
    const char *file, *path;
    unsigned mode;
} places[] = {
    {"plan.json", "plan.json", 0666},
    {"count", "workers/count", 0777},
    {"longest", "workers/longest", 0777},
};

static const struct rp__embedded *find(const char *name)
{
    const struct rp__embedded *file = rp__embedded_init;
    while (strcmp(file->name, name) != 0) {
        file++;
    }
    return file;
}

static void join(struct rp_buf *out, const char *folder, const char *name)
{
    rp_buf_reset(out);
    rp_buf_add_text(out, folder);
    if (out->len > 0 && out->ptr[out->len - 1] != '/') {
        rp_buf_add_char(out, '/');
    }
    rp_buf_add_text(out, name);
}

static bool make_folder(const char *path)
{
    char why[128];
    if (mkdir(path, 0777) == 0 || errno == EEXIST) {
        return true;
    }
    rp__file_errno(why, sizeof(why));
    rp__say("init", "cannot make the folder '%s': %s", path, why);
    return false;
}

/* Whether anything that would be made is there already; told. */
static bool is_taken(struct rp_buf *path, const char *folder)
{
    struct stat found;
    for (size_t i = 0; i < RP_COUNT_OF(places); i++) {
        join(path, folder, places[i].path);
        if (lstat(path->ptr, &found) == 0) {
            rp__say("init", "'%s' is there already; nothing was changed",
                path->ptr);
            rp__say_next("reprise init FOLDER writes elsewhere");
            return true;
        }
    }
    return false;
}

static bool make_files(struct rp_buf *path, const char *folder)
{
    if (folder[0] != '\0' && !make_folder(folder)) {
        return false;
    }
    join(path, folder, "workers");
    if (!make_folder(path->ptr)) {
        return false;
    }
    for (size_t i = 0; i < RP_COUNT_OF(places); i++) {
        struct rp_err err = RP_ERR_INIT;
        const struct rp__embedded *file = find(places[i].file);
        join(path, folder, places[i].path);
        if (rp__file_create(path->ptr, (struct rp_str){file->bytes, file->len},
                places[i].mode, &err) != RP_OK) {
            rp__say("init", "%s", err.text);
            return false;
        }
    }
    return true;
}

static int tell(struct rp_buf *path, const char *folder)
{
    struct rp_buf out;
    rp_buf_init(&out, 4 * PATH_BYTES_MAX);
    for (size_t i = 0; i < RP_COUNT_OF(places); i++) {
        join(path, folder, places[i].path);
        rp_buf_addf(&out, "made %s\n", path->ptr);
    }
    join(path, folder, "plan.json");
    rp_buf_add_text(&out, "\nNow run it:\n\n  reprise run ");
    rp__text_shell(&out, path->ptr);
    rp_buf_add_text(&out, " --input '" INPUT "'\n");
    bool written = rp__out_write("init", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int run(const struct rp__args *args)
{
    const char *folder = args->count > 0 ? args->items[0] : "";
    struct rp_buf path;
    int status = RP__EXIT_FAILED;
    if (strlen(folder) > PATH_BYTES_MAX / 2) {
        rp__say("init", "the name of the folder is too long");
        return RP__EXIT_USAGE;
    }
    rp_buf_init(&path, PATH_BYTES_MAX);
    if (!is_taken(&path, folder) && make_files(&path, folder)) {
        status = tell(&path, folder);
    }
    rp_buf_fini(&path);
    return status;
}

static const struct rp__opt opts[] = {RP__OPT_END};

const struct rp__command rp__cmd_init = {
    .name = "init",
    .summary = "write a first plan, with two workers, that runs",
    .arguments = "[FOLDER]",
    .description =
        "Writes plan.json and two small workers into FOLDER, or here, and "
        "tells how to\nrun them. Nothing that exists is changed.",
    .footer = "Exit status: 0; 1 a file is there already or cannot be "
              "written.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
