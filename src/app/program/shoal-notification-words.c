/* shoal-notification-words.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-notification-words.h"

#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-offer-words.h"

#include <glib/gi18n.h>

/* Of a text: what fits. */
#define MAX_TEXT_CHARS 200

#define TITLE "shoal-title"

char *
shoal_notification_get_id (const ShoalTransferInfo *transfer)
{
  /* Several receivers share one offer of ours, and each is told by itself. */
  if (transfer->direction == SHOAL_TRANSFER_GET && transfer->offer != NULL)
    return g_strconcat ("offer-", transfer->offer, NULL);
  return g_strconcat ("transfer-", transfer->id, NULL);
}

char *
shoal_notification_get_offer_id (const ShoalOfferInfo *offer)
{
  return g_strconcat ("offer-", offer->id, NULL);
}

static GNotification *
new_with_title (const char *title)
{
  GNotification *notification = g_notification_new (title);

  g_object_set_data_full (G_OBJECT (notification), TITLE, g_strdup (title), g_free);
  return notification;
}

const char *
shoal_notification_get_title (GNotification *notification)
{
  return g_object_get_data (G_OBJECT (notification), TITLE);
}

static void
add_button (GNotification *notification, const char *label, const char *action, const char *id)
{
  g_notification_add_button_with_target (notification, label, action, "s", id);
}

/* --- Offers -------------------------------------------------------------- */

GNotification *
shoal_notification_for_offer (const ShoalOfferInfo *offer)
{
  g_autofree char *title = shoal_offer_get_title (offer);
  g_autofree char *contents = shoal_offer_get_contents (offer, NULL);
  g_autofree char *namesake = shoal_offer_get_namesake (offer->from);
  g_autoptr (GString) body = g_string_new (contents);
  GNotification *notification = new_with_title (title);

  if (offer->code != NULL)
    {
      g_autofree char *compare = shoal_offer_get_compare (offer->from->label);
      g_autofree char *code = shoal_format_code (offer->code);

      g_string_append_c (body, '\n');
      /* Translators: %s: six digits. */
      g_string_append_printf (body, _("Code: %s"), code);
      g_string_append_printf (body, "\n%s", compare);
    }
  if (namesake != NULL)
    g_string_append_printf (body, "\n%s", namesake);
  g_notification_set_body (notification, body->str);
  g_notification_set_category (notification, "transfer");
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action_and_target (notification, "app.show-offer", "s", offer->id);
  add_button (notification, offer->kind == SHOAL_CONTENT_FILES ? _("Accept") : _("Show"),
              "app.accept-offer", offer->id);
  add_button (notification, _("Decline"), "app.decline-offer", offer->id);
  return notification;
}

/* --- Transfers ----------------------------------------------------------- */

/* What happened and what to do next. (transfer full) */
static char *
explain (const GError *error)
{
  const char *next = error != NULL ? shoal_error_get_next (error) : NULL;

  if (error == NULL)
    return g_strdup ("");
  return next != NULL ? g_strdup_printf ("%s. %s", error->message, next)
                      : g_strdup (error->message);
}

static char *
beginning_of (const char *text)
{
  g_autofree char *cut = NULL;

  if (g_utf8_strlen (text, -1) <= MAX_TEXT_CHARS)
    return g_strdup (text);
  cut = g_utf8_substring (text, 0, MAX_TEXT_CHARS);
  return g_strconcat (cut, "…", NULL);
}

static GNotification *
make (char *title, char *body, const char *category, const ShoalTransferInfo *transfer)
{
  GNotification *notification = new_with_title (title);

  if (body[0] != '\0')
    g_notification_set_body (notification, body);
  g_notification_set_category (notification, category);
  g_notification_set_default_action_and_target (notification, "app.show-transfer", "s",
                                                transfer->id);
  g_free (title);
  g_free (body);
  return notification;
}

static GNotification *
text_came (const ShoalTransferInfo *transfer, const char *who)
{
  GNotification *notification;
  char *title = transfer->kind == SHOAL_CONTENT_LINK
                  ? g_strdup_printf (_("%s sent you a link"), who)
                  : g_strdup_printf (_("%s sent you a text"), who);

  notification = make (title, beginning_of (transfer->text), "im.received", transfer);
  add_button (notification, _("Copy"), "app.copy-text", transfer->id);
  return notification;
}

static GNotification *
files_came (const ShoalTransferInfo *transfer, const char *what, const char *who)
{
  g_autofree char *files = shoal_format_files (transfer->files, 0);
  g_autofree char *size = shoal_format_size (transfer->total);
  g_autofree char *body = NULL;
  GNotification *notification;

  if (transfer->files_failed > 0)
    {
      body = g_strdup_printf (ngettext ("%u file could not be received; the others are complete "
                                        "and verified.",
                                        "%u files could not be received; the others are complete "
                                        "and verified.", transfer->files_failed),
                              transfer->files_failed);
    }
  else if (transfer->device_name != NULL)
    {
      /* Translators: "48 files, 1.2 GB from Anna". */
      body = g_strdup_printf (_("%s, %s from %s. Complete and verified."), files, size, who);
    }
  else
    {
      body = g_strdup_printf (_("%s, %s. Complete and verified."), files, size);
    }
  notification = make (g_strdup_printf (_("“%s” has come"), what), g_steal_pointer (&body),
                       "transfer.complete", transfer);
  add_button (notification, _("Open"), "app.open-transfer", transfer->id);
  add_button (notification, _("Show in Folder"), "app.show-folder", transfer->id);
  return notification;
}

static GNotification *
get_ended (const ShoalTransferInfo *transfer, const char *what, const char *who)
{
  if (transfer->phase == SHOAL_TRANSFER_PAUSED)
    return make (g_strdup_printf (_("“%s” waits"), what), g_strdup (transfer->reason),
                 "transfer", transfer);
  if (transfer->phase == SHOAL_TRANSFER_FAILED)
    return make (g_strdup_printf (_("“%s” could not be received"), what),
                 explain (transfer->error), "transfer.error", transfer);
  if (transfer->text != NULL)
    return text_came (transfer, who);
  return files_came (transfer, what, who);
}

static GNotification *
send_ended (const ShoalTransferInfo *transfer, const char *what, const char *who)
{
  g_autofree char *size = shoal_format_size (transfer->total);

  switch ((guint) transfer->phase)
    {
    case SHOAL_TRANSFER_DONE:
      return make (g_strdup_printf (_("%s has received “%s”"), who, what),
                   g_steal_pointer (&size), "transfer.complete", transfer);

    case SHOAL_TRANSFER_DECLINED:
      return make (g_strdup_printf (_("%s declined “%s”"), who, what), explain (transfer->error),
                   "transfer.error", transfer);

    case SHOAL_TRANSFER_FAILED:
    default:
      return make (g_strdup_printf (_("“%s” could not be sent to %s"), what, who),
                   explain (transfer->error), "transfer.error", transfer);
    }
}

/* An offer that nobody has answered is gone: nothing is missed. */
static gboolean
was_only_offered (const ShoalTransferInfo *transfer)
{
  return transfer->direction == SHOAL_TRANSFER_GET && transfer->started_at == 0
         && g_error_matches (transfer->error, SHOAL_ERROR, (int) SHOAL_ERROR_WITHDRAWN);
}

/* A person, here, has brought it about, and knows. */
static gboolean
is_own_doing (const ShoalTransferInfo *transfer)
{
  switch ((guint) transfer->phase)
    {
    case SHOAL_TRANSFER_PAUSED:
      /* Who receives what we send sees to it there. */
      return !transfer->is_held_up || transfer->direction == SHOAL_TRANSFER_SEND;

    case SHOAL_TRANSFER_DECLINED:
      return transfer->direction == SHOAL_TRANSFER_GET;

    case SHOAL_TRANSFER_FAILED:
      return g_error_matches (transfer->error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED)
             || (transfer->direction == SHOAL_TRANSFER_SEND
                 && transfer->offer_state == SHOAL_OFFER_WITHDRAWN);

    default:
      return FALSE;
    }
}

GNotification *
shoal_notification_for_transfer (const ShoalTransferInfo *transfer)
{
  g_autofree char *what = shoal_format_name (transfer->name);
  g_autofree char *who = shoal_format_name (transfer->device_name);

  if ((transfer->phase != SHOAL_TRANSFER_PAUSED && transfer->phase != SHOAL_TRANSFER_DONE
       && transfer->phase != SHOAL_TRANSFER_DECLINED && transfer->phase != SHOAL_TRANSFER_FAILED)
      || is_own_doing (transfer) || was_only_offered (transfer))
    return NULL;
  return transfer->direction == SHOAL_TRANSFER_GET ? get_ended (transfer, what, who)
                                                   : send_ended (transfer, what, who);
}
