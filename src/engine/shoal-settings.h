/* shoal-settings.h: what the engine obeys, as an immutable value; safe on any thread.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-limits.h"
#include "shoal-visibility.h"

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Who may see us, as a person chooses it; ShoalVisibility is what follows now. */
typedef enum
{
  SHOAL_SEEN_BY_EVERYONE,
  SHOAL_SEEN_WHILE_OPEN, /* everyone while the window is open, else friends */
  SHOAL_SEEN_BY_FRIENDS,
  SHOAL_SEEN_BY_NOBODY,
} ShoalSeenBy;

#define SHOAL_TYPE_SEEN_BY (shoal_seen_by_get_type ())
GType shoal_seen_by_get_type (void);

/* Beside this, each friend has a limit of its own: shoal_engine_set_auto_accept(). */
typedef enum
{
  SHOAL_ACCEPT_ASK,     /* tell SHOAL_EVENT_OFFER and wait */
  SHOAL_ACCEPT_FRIENDS, /* accept offers of friends, ask for others */
  SHOAL_ACCEPT_ALL,
} ShoalAcceptPolicy;

#define SHOAL_TYPE_ACCEPT_POLICY (shoal_accept_policy_get_type ())
GType shoal_accept_policy_get_type (void);

/* What becomes of us when the window is closed. */
typedef enum
{
  SHOAL_ON_CLOSE_ASK,  /* not decided: the first close asks */
  SHOAL_ON_CLOSE_KEEP, /* keep receiving */
  SHOAL_ON_CLOSE_QUIT,
} ShoalOnClose;

#define SHOAL_TYPE_ON_CLOSE (shoal_on_close_get_type ())
GType shoal_on_close_get_type (void);

/* A picture: PNG or JPEG, square or to be cropped by who draws it, at most
 * SHOAL_MAX_PICTURE_BYTES. The engine never decodes it: whoever draws one that
 * came from another device bounds what the decoder may do (scale while loading). */
#define SHOAL_MAX_PORT 65535

/**
 * ShoalSettings:
 *
 * Every field is what holds now. Atomically reference-counted and read-only:
 * shoal_settings_ref(), shoal_settings_unref(). Changed by
 * shoal_engine_change_settings_async(), whose keys stand behind the fields;
 * those without a key are what the engine makes of them.
 */
typedef struct
{
  char              *name;               /* "name" s */
  GBytes            *picture;            /* (nullable) "picture" ay: its bytes; none: no picture */
  char              *download_directory; /* (nullable) "download-directory" ay: a bytestring;
                                          * absolute; empty: the default */
  ShoalSeenBy        seen_by;            /* "seen-by" s: the nick */
  ShoalAcceptPolicy  accept;             /* "accept" s: the nick */
  gboolean           pass_on;            /* "pass-on" b: give others what was offered to us too */
  uint64_t           download_limit;     /* "download-limit" t: bytes/s in all; 0: none */
  uint64_t           upload_limit;       /* "upload-limit" t */
  uint64_t           slow_download_limit; /* "slow-download-limit" t: while in slow mode */
  uint64_t           slow_upload_limit;  /* "slow-upload-limit" t */
  gboolean           slow_mode;          /* "slow-mode" b */
  char             **interfaces;         /* "interfaces" as: names; empty: all */
  guint16            port;               /* "port" u: 0: the default one or the next that is free */
  ShoalOnClose       on_close;           /* "on-close" s: the nick */
  gboolean           start_at_login;     /* "start-at-login" b: the app sees to it */
  gboolean           metered_consent;    /* "metered-consent" b: on metered networks go on as
                                          * usual, always */
  gboolean           internet;           /* "internet" b: meet friends, and those who share, at the
                                          * trackers: see shoal-engine-internet.h */
  char             **trackers;           /* "trackers" as: URLs */
  char             **servers;            /* "servers" as: stun:… and turn:… */
  gboolean           first_run_done;     /* "first-run-done" b: until then the app holds
                                          * shoal_engine_start() back */

  /* What follows from them, and from what the app has told. */
  char              *directory;          /* where accepted offers go now; never NULL */
  char              *directory_trouble;  /* (nullable): why that is not the one chosen, in words */
  ShoalVisibility    visibility;         /* who sees us now */
  uint64_t           effective_download_limit, effective_upload_limit; /* 0: none */
  gboolean           is_attended;        /* shoal_engine_set_attended() */
  gboolean           is_metered;         /* shoal_engine_set_metered() */
  gboolean           waits_for_consent;  /* metered, and nobody has agreed: nothing is passed on
                                          * or accepted unasked */
} ShoalSettings;

ShoalSettings *shoal_settings_ref   (ShoalSettings *settings);
void           shoal_settings_unref (ShoalSettings *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalSettings, shoal_settings_unref)

/* --- Keys, for command lines and generic code ----------------------------- */

/* The keys above, NULL-terminated. (transfer none) */
const char *const *shoal_settings_list_keys (void);
/* The type a key's value has, as above; NULL: no such key. */
const GVariantType *shoal_settings_get_key_type (const char *key);
/* The value of @key as it would be given to change it. (transfer full); @key exists. */
GVariant   *shoal_settings_get_value (const ShoalSettings *settings, const char *key);
/* From what a person typed: "on", "off", "2 MB/s", "friends", names with commas
 * between them. INVALID says what is understood. (transfer full): not floating */
GVariant   *shoal_settings_parse_value (const char *key, const char *text, GError **error);
/* Whether @value could be given to change @key. INVALID says what is wrong. */
gboolean    shoal_settings_check_value (const char *key, GVariant *value, GError **error);
/* For a person, as the above understands it. (transfer full) */
char       *shoal_settings_format_value (const char *key, GVariant *value);

G_END_DECLS
