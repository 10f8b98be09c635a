#include <reprise/resume.h>

static enum rp_code next_event(
    void *context, struct rp_event *event, bool *found, struct rp_err *err)
{
    struct rp_resume *resume = context;
    uint32_t count;
    const struct rp_recorded *records =
        rp_recording_records(resume->recording, &count);
    *found = resume->next < count;
    if (!*found) {
        return RP_OK;
    }
    *event = records[resume->next++].event;
    return rp_recording_fill(
        resume->recording, event, &resume->completion, err);
}

static uint32_t incarnation_after(
    const struct rp_recorded *records, uint32_t count)
{
    uint32_t incarnation = 1;
    for (uint32_t i = 0; i < count; i++) {
        if (records[i].event.kind == RP_EVENT_RESUMED) {
            incarnation = records[i].event.resumed.incarnation;
        }
    }
    return incarnation + 1;
}

enum rp_code rp_resume_past(struct rp_past *past, struct rp_resume *resume,
    struct rp_recording *recording, struct rp_err *err)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    const char *id = rp_recording_head(recording)->id.text;
    if (rp_recording_ended(recording)) {
        return rp_err_set(err, RP_E_STATE,
            "session %s has ended: there is nothing to go on with", id);
    }
    if (count == 0) {
        return rp_err_set(
            err, RP_E_STATE, "session %s died before its first record", id);
    }
    *resume = (struct rp_resume){.recording = recording};
    *past = (struct rp_past){
        .next = next_event,
        .context = resume,
        .seq = records[count - 1].seq,
        .chain = rp_recording_chain(recording),
        .last = records[count - 1].event.at,
        .incarnation = incarnation_after(records, count),
    };
    return RP_OK;
}
