/* shoal-output.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-output.h"

#include <math.h>

/* --- Lines for people ---------------------------------------------------- */

void
shoal_clear_progress (ShoalCli *cli)
{
  if (cli->progress_shown)
    fputs ("\r\033[K", cli->err);
  cli->progress_shown = FALSE;
}

void
shoal_say (ShoalCli *cli, const char *format, ...)
{
  va_list args;

  if (cli->json || cli->out == NULL)
    return;

  shoal_clear_progress (cli);
  va_start (args, format);
  vfprintf (cli->out, format, args);
  va_end (args);
  fputc ('\n', cli->out);
  fflush (cli->out);
}

void
shoal_remark (ShoalCli *cli, const char *format, ...)
{
  va_list args;

  if (cli->json || cli->quiet || cli->err == NULL)
    return;

  shoal_clear_progress (cli);
  va_start (args, format);
  vfprintf (cli->err, format, args);
  va_end (args);
  fputc ('\n', cli->err);
}

void
shoal_print_error (ShoalCli *cli, const GError *error)
{
  const char *next = shoal_error_get_next (error);
  JsonBuilder *json = shoal_json_begin (cli, "error");

  shoal_json_string (json, "code", shoal_error_get_nick (error));
  shoal_json_string (json, "message", error->message);
  shoal_json_string (json, "side", shoal_side_get_nick (shoal_error_get_side (error)));
  shoal_json_string (json, "next", next);
  shoal_json_end (cli, json);

  shoal_clear_progress (cli);
  if (cli->err != NULL)
    fprintf (cli->err, "shoal-cli: %s%s%s\n", error->message,
             next != NULL ? "\n  → " : "", next != NULL ? next : "");
}

/* --- JSON ---------------------------------------------------------------- */

JsonBuilder *
shoal_json_begin (ShoalCli *cli, const char *event)
{
  JsonBuilder *json;

  if (!cli->json || cli->out == NULL)
    return NULL;

  json = json_builder_new ();
  json_builder_begin_object (json);
  shoal_json_string (json, "event", event);
  shoal_json_int (json, "t", g_get_monotonic_time ());
  return json;
}

void
shoal_json_string (JsonBuilder *json, const char *name, const char *value)
{
  if (json == NULL)
    return;
  json_builder_set_member_name (json, name);
  if (value != NULL)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

void
shoal_json_int (JsonBuilder *json, const char *name, gint64 value)
{
  if (json == NULL)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

void
shoal_json_double (JsonBuilder *json, const char *name, double value)
{
  if (json == NULL)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

void
shoal_json_bool (JsonBuilder *json, const char *name, gboolean value)
{
  if (json == NULL)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

void
shoal_json_end (ShoalCli *cli, JsonBuilder *json)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  if (json == NULL)
    return;

  json_builder_end_object (json);
  root = json_builder_get_root (json);
  line = json_to_string (root, FALSE);
  fprintf (cli->out, "%s\n", line);
  fflush (cli->out);
  g_object_unref (json);
}

/* --- Devices and offers -------------------------------------------------- */

char *
shoal_device_label (ShoalDeviceInfo *device)
{
  if (device->nickname != NULL)
    return g_strdup (device->label);
  if (device->name == NULL || *device->name == '\0')
    return g_strdup_printf ("%.7s… (%s)", device->id, device->mark);
  if (device->not_friend != NULL)
    return g_strdup_printf (_("%s (%s), not your friend %s"), device->name, device->mark,
                            device->not_friend);
  if (!device->unique_name)
    return g_strdup_printf ("%s (%s)", device->name, device->mark);
  return g_strdup (device->name);
}

static const char *
reach_in_words (ShoalReach reach)
{
  switch (reach)
    {
    case SHOAL_REACH_NEARBY:
    case SHOAL_REACH_LOCAL:
      return _("on this network");
    case SHOAL_REACH_DIRECT:
      return _("direct");
    case SHOAL_REACH_RELAYED:
      return _("through a relay");
    case SHOAL_REACH_NONE:
    default:
      return _("not reachable");
    }
}

static const char *
reach_nick (ShoalReach reach)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_REACH);

  return g_enum_get_value (klass, (int) reach)->value_nick;
}

void
shoal_print_device (ShoalCli *cli, ShoalDeviceInfo *device)
{
  g_autofree char *label = shoal_device_label (device);
  JsonBuilder *json = shoal_json_begin (cli, "device");

  shoal_json_string (json, "id", device->id);
  shoal_json_string (json, "name", device->name);
  shoal_json_string (json, "path", reach_nick (device->reach));
  shoal_json_string (json, "path_why", device->reach_why);
  shoal_json_string (json, "mark", device->mark);
  shoal_json_bool (json, "friend", device->is_friend);
  shoal_json_bool (json, "mutual", device->is_mutual);
  shoal_json_bool (json, "blocked", device->is_blocked);
  shoal_json_bool (json, "unique", device->unique_name);
  shoal_json_string (json, "nickname", device->nickname);
  shoal_json_bool (json, "verified", device->is_verified);
  shoal_json_int (json, "auto_accept", device->auto_accept);
  shoal_json_string (json, "not_friend", device->not_friend);
  shoal_json_string (json, "code", device->code);
  shoal_json_string (json, "address",
                     device->addresses != NULL ? device->addresses[0] : NULL);
  shoal_json_end (cli, json);

  shoal_say (cli, "%s  %-8s %s  %s%s%s", device->mark,
             device->is_blocked  ? _("blocked")
             : device->is_friend ? _("friend")
                                 : _("near"),
             device->id, label, device->reach == SHOAL_REACH_NONE ? "" : "  · ",
             device->reach == SHOAL_REACH_NONE ? "" : reach_in_words (device->reach));
  if (device->reach_why != NULL)
    shoal_say (cli, "      %s", device->reach_why);
}

void
shoal_print_link (ShoalCli *cli, const ShoalShareInfo *share)
{
  JsonBuilder *json = shoal_json_begin (cli, "link");

  shoal_json_string (json, "link", share->link);
  shoal_json_string (json, "id", share->id);
  shoal_json_string (json, "name", share->name);
  shoal_json_int (json, "bytes", (gint64) share->bytes);
  shoal_json_int (json, "files", share->files);
  shoal_json_end (cli, json);
}

void
shoal_print_offer (ShoalCli *cli, ShoalOfferInfo *offer)
{
  g_autofree char *label = shoal_device_label (offer->from);
  g_autofree char *size = g_format_size (offer->bytes);
  JsonBuilder *json = shoal_json_begin (cli, "offer");

  shoal_json_string (json, "id", offer->id);
  shoal_json_string (json, "from", offer->from->id);
  shoal_json_string (json, "from_name", offer->from->name);
  shoal_json_string (json, "name", offer->name);
  shoal_json_int (json, "bytes", (gint64) offer->bytes);
  shoal_json_int (json, "files", offer->files);
  shoal_json_string (json, "code", offer->code);
  shoal_json_string (json, "not_friend", offer->from->not_friend);
  shoal_json_end (cli, json);

  if (offer->kind == SHOAL_CONTENT_FILES)
    shoal_say (cli, ngettext ("%s wants to send you “%s”: %u file, %s",
                              "%s wants to send you “%s”: %u files, %s", offer->files),
               label, offer->name, offer->files, size);
  else
    shoal_say (cli, _("%s wants to send you a text, %s"), label, size);
  if (offer->code != NULL)
    shoal_say (cli, _("  Code %s: it is really them if their screen shows the same."), offer->code);
}

/* --- Transfers ----------------------------------------------------------- */

/* As a person would say it: "12 s", "3 min", "2 h 10 min". */
static char *
time_in_words (double seconds)
{
  guint s = (guint) CLAMP (ceil (seconds), 0, 1e8);

  if (s < 90)
    return g_strdup_printf (ngettext ("%u s", "%u s", s), s);
  if (s < 5400)
    return g_strdup_printf (_("%u min"), (s + 30) / 60);
  return g_strdup_printf (_("%u h %u min"), s / 3600, s % 3600 / 60);
}

static guint
n_sources (ShoalTransferInfo *transfer)
{
  guint n = 0;

  for (gsize i = 0; transfer->sources != NULL && transfer->sources[i] != NULL; i++)
    n += g_str_equal (transfer->sources[i]->state, "active");
  return n;
}

/* It is here, and others who fetch it are helped. */
static void
print_passing_on (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  g_autofree char *given = g_format_size (transfer->passed_on);

  shoal_clear_progress (cli);
  if (!transfer->passing_on)
    return;
  fprintf (cli->err, _("%s  passing on to the other receivers · %s given"), transfer->name, given);
  fflush (cli->err);
  cli->progress_shown = TRUE;
}

/* Of all that bytes come from or go to, the best. */
static ShoalReach
best_reach (ShoalTransferInfo *transfer)
{
  ShoalReach best = SHOAL_REACH_NONE;

  for (gsize i = 0; transfer->sources != NULL && transfer->sources[i] != NULL; i++)
    {
      ShoalReach reach = transfer->sources[i]->reach;

      if (reach >= SHOAL_REACH_LOCAL && (best == SHOAL_REACH_NONE || reach < best))
        best = reach;
    }
  return best;
}

/* Once, for a person: why it is not faster. */
static void
explain_relay (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  for (gsize i = 0; transfer->sources != NULL && transfer->sources[i] != NULL; i++)
    {
      ShoalSourceInfo *source = transfer->sources[i];

      if (source->reach_why == NULL || cli->relay_explained || cli->json || cli->quiet)
        continue;
      cli->relay_explained = TRUE;
      shoal_clear_progress (cli);
      fprintf (cli->err, _("%s: through a relay. %s\n"), source->name, source->reach_why);
    }
}

static void
print_progress_line (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  g_autofree char *done = g_format_size (transfer->bytes);
  g_autofree char *total = g_format_size (transfer->total);
  g_autofree char *rate = g_format_size ((guint64) transfer->rate);
  g_autofree char *left = time_in_words (MAX (transfer->seconds_left, 0));
  guint sources = n_sources (transfer);

  if (cli->json || cli->quiet || cli->asking || !cli->err_is_terminal)
    return;
  if (transfer->phase == SHOAL_TRANSFER_DONE)
    {
      print_passing_on (cli, transfer);
      return;
    }

  shoal_clear_progress (cli);
  fprintf (cli->err, "%s  ", transfer->name);
  fprintf (cli->err, _("%s of %s"), done, total);
  if (transfer->phase == SHOAL_TRANSFER_CONNECTING)
    fprintf (cli->err, _(" · waiting for a connection"));
  else if (transfer->phase == SHOAL_TRANSFER_SYNCING)
    fprintf (cli->err, _(" · making it safe on disk"));
  else if (transfer->rate > 0)
    fprintf (cli->err, _(" · %s/s"), rate);
  if (transfer->phase == SHOAL_TRANSFER_RUNNING && transfer->seconds_left >= 0)
    fprintf (cli->err, _(" · %s left"), left);
  if (transfer->phase == SHOAL_TRANSFER_RUNNING && best_reach (transfer) != SHOAL_REACH_NONE)
    fprintf (cli->err, " · %s", reach_in_words (best_reach (transfer)));
  if (transfer->direction == SHOAL_TRANSFER_GET && sources > 1)
    fprintf (cli->err, _(" · from %u"), sources);
  if (transfer->passed_on > 0)
    fprintf (cli->err, _(" · passing on"));
  fflush (cli->err);
  cli->progress_shown = TRUE;
}

static void
print_sources (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  for (gsize i = 0; transfer->sources != NULL && transfer->sources[i] != NULL; i++)
    {
      ShoalSourceInfo *source = transfer->sources[i];
      JsonBuilder *json = shoal_json_begin (cli, "source");

      shoal_json_string (json, "transfer", transfer->id);
      shoal_json_string (json, "device", source->device);
      shoal_json_string (json, "name", source->name);
      shoal_json_int (json, "bytes", (gint64) source->bytes);
      shoal_json_string (json, "state", source->state);
      shoal_json_string (json, "why", source->why);
      shoal_json_string (json, "path", reach_nick (source->reach));
      shoal_json_string (json, "path_why", source->reach_why);
      shoal_json_string (json, "carrier", source->carrier);
      shoal_json_end (cli, json);
    }
}

static const char *
phase_nick (ShoalTransferPhase phase)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_TRANSFER_PHASE);

  return g_enum_get_value (klass, (int) phase)->value_nick;
}

void
shoal_print_transfer (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  JsonBuilder *json;
  gboolean is_news = shoal_tell_trouble (cli, transfer);

  if (transfer->phase == SHOAL_TRANSFER_PAUSED)
    {
      if (!is_news)
        return;
      json = shoal_json_begin (cli, "paused");
      shoal_json_string (json, "transfer", transfer->id);
      shoal_json_string (json, "reason", transfer->reason);
      shoal_json_end (cli, json);
      return;
    }

  json = shoal_json_begin (cli, "progress");
  shoal_json_string (json, "transfer", transfer->id);
  shoal_json_string (json, "phase", phase_nick (transfer->phase));
  shoal_json_int (json, "bytes", (gint64) transfer->bytes);
  shoal_json_int (json, "total", (gint64) transfer->total);
  shoal_json_double (json, "rate", transfer->rate);
  shoal_json_int (json, "sources", n_sources (transfer));
  shoal_json_string (json, "path", reach_nick (best_reach (transfer)));
  shoal_json_bool (json, "passing_on", transfer->passing_on);
  shoal_json_end (cli, json);
  if (cli->json)
    print_sources (cli, transfer);

  explain_relay (cli, transfer);
  print_progress_line (cli, transfer);
}

void
shoal_print_resumed (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  g_autofree char *kept = g_format_size (transfer->kept);
  JsonBuilder *json = shoal_json_begin (cli, "resumed");

  shoal_json_string (json, "transfer", transfer->id);
  shoal_json_int (json, "kept", (gint64) transfer->kept);
  shoal_json_int (json, "refetched", (gint64) transfer->refetched);
  shoal_json_end (cli, json);

  shoal_remark (cli, _("Going on with “%s”: %s were already here."), transfer->name, kept);
}

/* Each of them has been told as an error of its own. */
static void
say_incomplete (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  guint n = transfer->files;

  if (transfer->direction == SHOAL_TRANSFER_SEND)
    shoal_remark (cli, ngettext ("%u of %u file of “%s” could not be sent; %s has the others.",
                                 "%u of %u files of “%s” could not be sent; %s has the others.", n),
                  transfer->files_failed, n, transfer->name, transfer->device_name);
  else
    shoal_remark (cli, ngettext ("%u of %u file of “%s” could not be had; the others are in %s",
                                 "%u of %u files of “%s” could not be had; the others are in %s",
                                 n),
                  transfer->files_failed, n, transfer->name, transfer->directory);
}

/* Byte for byte into a file or pipe. A terminal obeys some characters: they are
 * shown as what they are. */
static void
say_text (ShoalCli *cli, const char *text)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (cli->out_is_terminal && g_unichar_iscntrl (character) && character != '\n'
          && character != '\t')
        g_string_append_unichar (shown, 0xfffd);
      else
        g_string_append_unichar (shown, character);
    }
  shoal_say (cli, "%s", shown->str);
}

void
shoal_print_done (ShoalCli *cli, ShoalTransferInfo *transfer)
{
  double seconds = (double) (transfer->finished - transfer->started) / G_USEC_PER_SEC;
  g_autofree char *size = g_format_size (transfer->bytes);
  g_autofree char *rate = g_format_size ((guint64) ((double) transfer->bytes
                                                    / MAX (seconds, 1e-3)));
  g_autofree char *time = time_in_words (seconds);
  JsonBuilder *json;

  if (cli->json)
    print_sources (cli, transfer);

  json = shoal_json_begin (cli, "done");
  shoal_json_string (json, "transfer", transfer->id);
  shoal_json_string (json, "name", transfer->name);
  shoal_json_int (json, "bytes", (gint64) transfer->bytes);
  shoal_json_double (json, "seconds", seconds);
  shoal_json_bool (json, "verified", transfer->verified);
  shoal_json_int (json, "files", transfer->files_done);
  shoal_json_int (json, "failed", transfer->files_failed);
  shoal_json_string (json, "directory", transfer->directory);
  if (transfer->text != NULL)
    shoal_json_string (json, "text", transfer->text);
  shoal_json_end (cli, json);

  if (transfer->files_failed > 0)
    say_incomplete (cli, transfer);
  else if (transfer->direction == SHOAL_TRANSFER_SEND && transfer->kind != SHOAL_CONTENT_FILES)
    shoal_remark (cli, _("%s has your text."), transfer->device_name);
  else if (transfer->direction == SHOAL_TRANSFER_SEND)
    shoal_remark (cli, _("%s has “%s”: %s in %s, verified and safe on disk there."),
                  transfer->device_name, transfer->name, size, time);
  else if (transfer->text != NULL)
    say_text (cli, transfer->text);
  else
    shoal_remark (cli, _("“%s” is here, verified: %s in %s (%s/s), in %s"), transfer->name, size,
                  time, rate, transfer->directory);
}

void
shoal_print_event (ShoalCli *cli, const ShoalEvent *event)
{
  JsonBuilder *json = NULL;
  const char *colon;

  switch (event->type)
    {
    case SHOAL_EVENT_LISTENING:
      colon = strrchr (event->text, ':');
      if (cli->json && colon != NULL)
        {
          g_autofree char *address = g_strndup (event->text, (gsize) (colon - event->text));

          json = shoal_json_begin (cli, "listening");
          shoal_json_string (json, "address", address);
          shoal_json_int (json, "port", atoi (colon + 1));
          shoal_json_end (cli, json);
        }
      break;

    case SHOAL_EVENT_FIRST_BYTE:
    case SHOAL_EVENT_ACCEPTED:
      json = shoal_json_begin (cli, event->type == SHOAL_EVENT_ACCEPTED ? "accepted"
                                                                        : "first-byte");
      shoal_json_string (json, "transfer", event->transfer->id);
      shoal_json_string (json, "offer", event->transfer->offer);
      shoal_json_end (cli, json);
      break;

    case SHOAL_EVENT_NOTICE:
      json = shoal_json_begin (cli, "notice");
      shoal_json_string (json, "message", event->text);
      shoal_json_end (cli, json);
      shoal_remark (cli, "%s", event->text);
      break;

    case SHOAL_EVENT_ERROR:
      shoal_print_error (cli, event->error);
      break;

    case SHOAL_EVENT_DEVICE:
    case SHOAL_EVENT_DEVICE_GONE:
    case SHOAL_EVENT_OFFER:
    case SHOAL_EVENT_OFFER_GONE:
    case SHOAL_EVENT_TRANSFER:
    case SHOAL_EVENT_RESUMED:
    case SHOAL_EVENT_SETTINGS:
    case SHOAL_EVENT_TRANSFER_GONE:
    case SHOAL_EVENT_SHARE:
    case SHOAL_EVENT_SHARE_GONE:
    default:
      break;
    }
}

void
shoal_print_hashing (uint64_t bytes, uint64_t total, gpointer user_data)
{
  ShoalCli *cli = user_data;
  gint64 now = g_get_monotonic_time ();

  if (cli->json || cli->quiet || cli->finished || !cli->err_is_terminal
      || now - cli->progress_printed < G_USEC_PER_SEC / 10)
    return;

  cli->progress_printed = now;
  fprintf (cli->err, "\r\033[K");
  fprintf (cli->err, _("Reading… %u %%"), total > 0 ? (guint) (bytes * 100 / total) : 0);
  fflush (cli->err);
  cli->progress_shown = TRUE;
}
