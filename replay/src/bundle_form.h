/* bundle_form.h - what writer and reader of bundles agree on. Internal. */
#ifndef RP_BUNDLE_FORM_H
#define RP_BUNDLE_FORM_H

#define RP__BUNDLE_MAGIC "reprise-bundle "
#define RP__BUNDLE_LINE_MAX 256

#endif
