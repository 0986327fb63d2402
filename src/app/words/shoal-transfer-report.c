/* shoal-transfer-report.c: everything about a transfer, to copy.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-words.h"

/* Keys and nicks as the engine has them: whoever reads it greps for them. */

static const char *
nick (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "?";
}

static void
add_time (GString *report, const char *key, gint64 at)
{
  g_autoptr (GDateTime) time = at > 0 ? g_date_time_new_from_unix_utc (at / G_USEC_PER_SEC) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  if (text != NULL)
    g_string_append_printf (report, "%s: %s\n", key, text);
}

static void
add_peers (GString *report, const char *key, ShoalSourceInfo *const *peers)
{
  for (; peers != NULL && *peers != NULL; peers++)
    {
      const ShoalSourceInfo *peer = *peers;

      g_string_append_printf (report,
                              "%s: %s “%s” %s %s bytes=%" G_GUINT64_FORMAT
                              " bad=%" G_GUINT64_FORMAT " rate=%.0f%s%s\n",
                              key, peer->device, peer->name, peer->state != NULL ? peer->state : "",
                              nick (SHOAL_TYPE_REACH, (int) peer->reach), (guint64) peer->bytes,
                              (guint64) peer->bad_bytes, peer->rate,
                              peer->why != NULL ? ": " : "", peer->why != NULL ? peer->why : "");
    }
}

static void
add_error (GString *report, const GError *error)
{
  const char *next;

  if (error == NULL)
    return;
  next = shoal_error_get_next (error);
  g_string_append_printf (report, "error: %s (%s, %s/%d)\nmessage: %s\n",
                          shoal_error_get_nick (error),
                          shoal_side_get_nick (shoal_error_get_side (error)),
                          g_quark_to_string (error->domain), error->code, error->message);
  if (next != NULL)
    g_string_append_printf (report, "next: %s\n", next);
}

char *
shoal_transfer_words_details (const ShoalTransferInfo *info)
{
  GString *report = g_string_new ("shoal: " SHOAL_VERSION "\n");

  g_string_append_printf (report, "transfer: %s\nname: %s\ndirection: %s\nkind: %s\nphase: %s\n",
                          info->id, info->name,
                          info->direction == SHOAL_TRANSFER_SEND ? "send" : "get",
                          nick (SHOAL_TYPE_CONTENT_KIND, (int) info->kind),
                          nick (SHOAL_TYPE_TRANSFER_PHASE, (int) info->phase));
  g_string_append_printf (report, "offer: %s\n",
                          nick (SHOAL_TYPE_OFFER_STATE, (int) info->offer_state));
  add_error (report, info->error);
  if (info->reason != NULL)
    g_string_append_printf (report, "reason: %s\n", info->reason);
  g_string_append_printf (report,
                          "bytes: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                          " verified=%s kept=%" G_GUINT64_FORMAT " refetched=%" G_GUINT64_FORMAT
                          " passed-on=%" G_GUINT64_FORMAT "\nfiles: %u done=%u failed=%u\n",
                          (guint64) info->bytes, (guint64) info->total,
                          info->verified ? "yes" : "no", (guint64) info->kept,
                          (guint64) info->refetched, (guint64) info->passed_on, info->files,
                          info->files_done, info->files_failed);
  if (info->share != NULL)
    g_string_append_printf (report, "share: %s\n", info->share);
  if (info->device != NULL)
    g_string_append_printf (report, "device: %s “%s” online=%s\n", info->device,
                            info->device_name != NULL ? info->device_name : "",
                            info->is_online ? "yes" : "no");
  add_time (report, "created", info->created_at);
  add_time (report, "started", info->started_at);
  add_time (report, "finished", info->finished_at);
  add_peers (report, "source", info->sources);
  add_peers (report, "receiver", info->receivers);
  return g_string_free (report, FALSE);
}
