/* shoal-output.h: what shoal-cli prints: lines for people, or JSON.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-cli.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A line for people on standard output; nothing with --json. */
void shoal_say     (ShoalCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A remark for people on standard error; nothing with --json or --quiet. */
void shoal_remark  (ShoalCli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* An error: cause and next step on standard error, and an `error` event. */
void shoal_print_error (ShoalCli *cli, const GError *error);

/* JSON: begin, add members, end. Without --json begin returns NULL, and the
 * others take NULL: callers need no condition. */
JsonBuilder *shoal_json_begin  (ShoalCli *cli, const char *event);
void         shoal_json_string (JsonBuilder *json, const char *name, const char *value);
void         shoal_json_int    (JsonBuilder *json, const char *name, gint64 value);
void         shoal_json_double (JsonBuilder *json, const char *name, double value);
void         shoal_json_bool   (JsonBuilder *json, const char *name, gboolean value);
void         shoal_json_end    (ShoalCli *cli, JsonBuilder *json);

/* The events every verb prints alike. */
void shoal_print_device   (ShoalCli *cli, ShoalDeviceInfo *device);
/* The record of a link, as JSON alone. */
void shoal_print_link     (ShoalCli *cli, const ShoalShareInfo *share);
void shoal_print_offer    (ShoalCli *cli, ShoalOfferInfo *offer);
/* Progress (a line that is overwritten on a terminal), sources, paused. */
void shoal_print_transfer (ShoalCli *cli, ShoalTransferInfo *transfer);
/* Remarks that it waits now, and why, or goes on again: once. TRUE if that is news. */
gboolean shoal_tell_trouble (ShoalCli *cli, ShoalTransferInfo *transfer);
void shoal_print_resumed  (ShoalCli *cli, ShoalTransferInfo *transfer);
void shoal_print_done     (ShoalCli *cli, ShoalTransferInfo *transfer);
/* listening, first-byte, accepted, notice, error: whatever needs no verb. */
void shoal_print_event    (ShoalCli *cli, const ShoalEvent *event);
/* ShoalHashProgress; @user_data is the ShoalCli. */
void shoal_print_hashing  (uint64_t bytes, uint64_t total, gpointer user_data);
/* Takes the progress line off the terminal. */
void shoal_clear_progress (ShoalCli *cli);

/* "Anna", or "Anna (▲●◆■)" where the name is not enough, or the short ID.
 * Returns: (transfer full) */
char *shoal_device_label (ShoalDeviceInfo *device);

G_END_DECLS
