/* shoal-transfer-words.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-words.h"

#include "shoal-format.h"

#include <glib/gi18n.h>

#define IS_SEND(info) ((info)->direction == SHOAL_TRANSFER_SEND)

gboolean
shoal_transfer_words_is_over (const ShoalTransferInfo *info)
{
  return info->phase == SHOAL_TRANSFER_DONE || info->phase == SHOAL_TRANSFER_DECLINED
         || info->phase == SHOAL_TRANSFER_FAILED;
}

static char *
other_of (const ShoalTransferInfo *info)
{
  if (info->device_name != NULL && *info->device_name != '\0')
    return shoal_format_name (info->device_name);
  return g_strdup (_("the other device"));
}

/* --- Who ------------------------------------------------------------------- */

/* Those who gave something or are about to; who offered it comes first. */
static char *
sources_in_words (const ShoalTransferInfo *info)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (ShoalSourceInfo **source = info->sources; source != NULL && *source != NULL; source++)
    {
      gboolean first = g_strcmp0 ((*source)->device, info->device) == 0;

      if ((*source)->bytes == 0 && (*source)->rate <= 0 && !first)
        continue;
      g_ptr_array_insert (names, first ? 0 : -1, (*source)->name);
    }
  if (names->len == 0 && info->device_name != NULL)
    g_ptr_array_add (names, info->device_name);
  return shoal_format_people ((const char *const *) names->pdata, names->len);
}

char *
shoal_transfer_words_who (const ShoalTransferInfo *info)
{
  g_autofree char *people = NULL;

  if (IS_SEND (info))
    people = info->device_name != NULL ? shoal_format_name (info->device_name) : g_strdup ("");
  else
    people = sources_in_words (info);

  if (*people == '\0')
    return g_steal_pointer (&people);
  /* Translators: one or more names, e.g. “to Anna”. */
  return g_strdup_printf (IS_SEND (info) ? _("to %s") : _("from %s"), people);
}

/* --- The line -------------------------------------------------------------- */

static char *
what_of (const ShoalTransferInfo *info)
{
  if (info->kind == SHOAL_CONTENT_TEXT)
    return g_strdup (_("text"));
  if (info->kind == SHOAL_CONTENT_LINK)
    return g_strdup (_("link"));
  if (info->total == 0 && !shoal_transfer_words_is_over (info))
    return g_strdup (""); /* not known yet */
  if (info->bytes == 0 && info->phase != SHOAL_TRANSFER_RUNNING)
    return shoal_format_size (info->total);
  return shoal_format_progress (info->bytes, info->total);
}

static char *
running_line (const ShoalTransferInfo *info, const char *who)
{
  g_autofree char *what = what_of (info);
  g_autofree char *rate = shoal_format_rate (info->rate);
  g_autofree char *left = shoal_format_time_left (info->seconds_left);

  if (info->bytes >= info->total || info->rate < 1)
    left = (g_free (left), NULL);
  return shoal_format_join (what, rate, left != NULL ? left : "", who, NULL);
}

/* Whoever it waits for, and whether waiting helps. */
static char *
connecting_line (const ShoalTransferInfo *info, const char *who)
{
  g_autofree char *other = other_of (info);
  g_autofree char *what = what_of (info);
  g_autofree char *why = NULL;

  if (info->device == NULL)
    return shoal_format_join (_("Looking for somebody who has it"), what, NULL);
  if (info->is_online)
    return shoal_format_join (_("Connecting"), what, who, NULL);
  if (IS_SEND (info) && info->offer_state == SHOAL_OFFER_QUEUED)
    /* Translators: a name. */
    why = g_strdup_printf (_("%s is offline; it goes out when you are both online"), other);
  else
    why = g_strdup_printf (_("%s is offline; it goes on by itself"), other);
  return shoal_format_join (why, what, NULL);
}

static char *
waiting_line (const ShoalTransferInfo *info)
{
  g_autofree char *other = other_of (info);
  g_autofree char *what = what_of (info);
  g_autofree char *why = NULL;

  if (info->offer_state == SHOAL_OFFER_QUEUED)
    return connecting_line (info, "");
  if (info->is_online)
    why = g_strdup_printf (_("Not answered yet by %s"), other);
  else
    why = g_strdup_printf (_("Not answered yet; %s is offline now"), other);
  return shoal_format_join (why, what, NULL);
}

static char *
over_line (const ShoalTransferInfo *info, const char *state, const char *who)
{
  g_autofree char *what = what_of (info);
  g_autofree char *files = NULL;
  g_autofree char *when = NULL;

  if (info->finished_at > 0)
    when = shoal_format_when (info->finished_at / G_USEC_PER_SEC, NULL);
  if (info->files > 1)
    files = shoal_format_files (info->files, 0);
  return shoal_format_join (state, what, files != NULL ? files : "", who,
                            when != NULL ? when : "", NULL);
}

/* (transfer full) */
static char *
failed_state (const ShoalTransferInfo *info)
{
  if (info->offer_state == SHOAL_OFFER_WITHDRAWN)
    return g_strdup (_("Taken back"));
  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED))
    return g_strdup (_("Cancelled"));
  return g_strdup (C_("transfer", "Failed"));
}

static char *
paused_line (const ShoalTransferInfo *info, const char *what, const char *who)
{
  g_autofree char *other = other_of (info);
  g_autofree char *by = NULL;

  if (!IS_SEND (info) || !info->is_held_up || info->error != NULL)
    return shoal_format_join (_("Paused"), what, who, NULL);
  /* Translators: a name. */
  by = g_strdup_printf (_("Paused by %s"), other);
  return shoal_format_join (by, what, NULL);
}

/* More is needed than is there: as much as is missing. */
static char *
room_in_words (const ShoalTransferInfo *info)
{
  g_autofree char *size = shoal_format_size (info->total - MIN (info->total, info->bytes));

  /* Translators: a size, e.g. 1.2 GB. */
  return g_strdup_printf (_("Room for %s more is needed; it goes on by itself when there is."),
                          size);
}

/* Declined, not answered and the rest are told apart. */
static char *
failed_line (const ShoalTransferInfo *info, const char *who)
{
  g_autofree char *other = other_of (info);
  g_autofree char *state = NULL;

  if (info->offer_state == SHOAL_OFFER_LAPSED)
    {
      /* Translators: a name. */
      state = g_strdup_printf (_("Not answered by %s for a week"), other);
      who = "";
    }
  else if (info->phase == SHOAL_TRANSFER_DECLINED || info->offer_state == SHOAL_OFFER_DECLINED)
    {
      /* Translators: a name. */
      state = g_strdup_printf (_("Declined by %s"), other);
      who = "";
    }
  else
    state = failed_state (info);
  return over_line (info, state, who);
}

char *
shoal_transfer_words_line (const ShoalTransferInfo *info)
{
  g_autofree char *who = shoal_transfer_words_who (info);
  g_autofree char *what = what_of (info);

  switch (info->phase)
    {
    case SHOAL_TRANSFER_PREPARING:
      if (info->total == 0 && info->device == NULL)
        return connecting_line (info, who);
      return shoal_format_join (IS_SEND (info) ? _("Looking through the files") : _("Preparing"),
                                what, who, NULL);
    case SHOAL_TRANSFER_QUEUED:
      return shoal_format_join (_("Waits for its turn"), what, who, NULL);
    case SHOAL_TRANSFER_CONNECTING:
      return connecting_line (info, who);
    case SHOAL_TRANSFER_WAITING:
      return waiting_line (info);
    case SHOAL_TRANSFER_RUNNING:
      return running_line (info, who);
    case SHOAL_TRANSFER_PAUSED:
      return paused_line (info, what, who);
    case SHOAL_TRANSFER_SYNCING:
      return shoal_format_join (_("Making it safe on the disk"), what, who, NULL);
    case SHOAL_TRANSFER_DONE:
      return over_line (info, IS_SEND (info) ? _("Delivered") : "", who);
    case SHOAL_TRANSFER_DECLINED:
    case SHOAL_TRANSFER_FAILED:
    default:
      return failed_line (info, who);
    }
}

char *
shoal_transfer_words_progress (const ShoalTransferInfo *info)
{
  g_autofree char *percent = shoal_format_percent (info->bytes, info->total);
  g_autofree char *left = NULL;

  if (info->phase == SHOAL_TRANSFER_RUNNING && info->rate >= 1)
    left = shoal_format_time_left (info->seconds_left);
  if (left == NULL)
    return g_steal_pointer (&percent);
  /* Translators: how much is done, and the time left, for screen readers. */
  return g_strdup_printf (_("%s, %s"), percent, left);
}

char *
shoal_transfer_words_code (const ShoalTransferInfo *info)
{
  g_autofree char *other = NULL, *code = NULL;

  if (info->code == NULL || shoal_transfer_words_is_over (info))
    return NULL;
  other = other_of (info);
  code = shoal_format_code (info->code);
  /* Translators: a six-digit code, then a name. */
  return g_strdup_printf (_("Code %s: does %s’s screen show the same?"), code, other);
}

char *
shoal_transfer_words_passing (const ShoalTransferInfo *info)
{
  guint n = 0;

  if (IS_SEND (info) || !info->passing_on)
    return NULL;
  for (ShoalSourceInfo **receiver = info->receivers; receiver != NULL && *receiver != NULL;
       receiver++)
    n++;
  if (n == 0)
    return NULL;
  return g_strdup_printf (ngettext ("passing it on to %u other", "passing it on to %u others", n),
                          n);
}

/* --- Look and next step ---------------------------------------------------- */

ShoalTransferMood
shoal_transfer_words_mood (const ShoalTransferInfo *info)
{
  switch (info->phase)
    {
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_SYNCING:
      return SHOAL_MOOD_MOVING;
    case SHOAL_TRANSFER_DONE:
      return SHOAL_MOOD_DONE;
    case SHOAL_TRANSFER_FAILED:
      if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED)
          || info->offer_state == SHOAL_OFFER_WITHDRAWN)
        return SHOAL_MOOD_QUIET;
      return SHOAL_MOOD_WRONG;
    case SHOAL_TRANSFER_PAUSED:
      return info->unreadable != NULL ? SHOAL_MOOD_WRONG : SHOAL_MOOD_QUIET;
    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_WAITING:
    case SHOAL_TRANSFER_DECLINED:
    default:
      return SHOAL_MOOD_QUIET;
    }
}

/* The folder is full or not to be written to, and nothing has come yet. */
static gboolean
needs_folder (const ShoalTransferInfo *info)
{
  return info->phase == SHOAL_TRANSFER_FAILED && info->direction == SHOAL_TRANSFER_GET
         && info->kind == SHOAL_CONTENT_FILES && info->can_retry && info->bytes == 0
         && info->error != NULL && shoal_error_get_side (info->error) == SHOAL_SIDE_HERE
         && (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL)
             || g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_DISK));
}

/* It says how much is lacking, or which folder it is. */
static char *
folder_in_words (const ShoalTransferInfo *info)
{
  g_autofree char *name = NULL;

  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL))
    /* Translators: %s is a sentence without its full stop. */
    return g_strdup_printf (_("%s. Choose another folder, or make room and try again."),
                            info->error->message);
  name = g_filename_display_basename (info->directory);
  return g_strdup_printf (_("Nothing can be written to the folder “%s”. Choose another one."),
                          name);
}

static ShoalTransferStep
step_of_failed (const ShoalTransferInfo *info)
{
  if (needs_folder (info))
    return SHOAL_STEP_OTHER_FOLDER;
  if (info->can_retry)
    return IS_SEND (info) ? SHOAL_STEP_SEND_AGAIN : SHOAL_STEP_RETRY;
  if (info->error == NULL || info->error->domain != SHOAL_ERROR)
    return SHOAL_STEP_COPY_DETAILS;

  switch ((ShoalErrorCode) info->error->code)
    {
    case SHOAL_ERROR_CANCELLED:
    case SHOAL_ERROR_WITHDRAWN:
    case SHOAL_ERROR_DECLINED:
      return SHOAL_STEP_NONE;
    case SHOAL_ERROR_UNREACHABLE:
    case SHOAL_ERROR_TIMED_OUT:
    case SHOAL_ERROR_WRONG_KEY:
      return SHOAL_STEP_TROUBLE;
    case SHOAL_ERROR_FAILED:
    case SHOAL_ERROR_INVALID:
    case SHOAL_ERROR_NOT_FOUND:
    case SHOAL_ERROR_AMBIGUOUS:
    case SHOAL_ERROR_REFUSED:
    case SHOAL_ERROR_CLOSED:
    case SHOAL_ERROR_PROTOCOL:
    case SHOAL_ERROR_VERSION:
    case SHOAL_ERROR_CHANGED:
    case SHOAL_ERROR_CORRUPT:
    case SHOAL_ERROR_DISK_FULL:
    case SHOAL_ERROR_DISK:
    case SHOAL_ERROR_UNSAFE_NAME:
    case SHOAL_ERROR_LIMIT:
    case SHOAL_ERROR_BUSY:
    case SHOAL_ERROR_UNSUPPORTED:
    case SHOAL_ERROR_IN_USE:
    case SHOAL_ERROR_NOT_GRANTED:
    default:
      return SHOAL_STEP_COPY_DETAILS;
    }
}

ShoalTransferStep
shoal_transfer_words_step (const ShoalTransferInfo *info)
{
  switch (info->phase)
    {
    case SHOAL_TRANSFER_FAILED:
    case SHOAL_TRANSFER_DECLINED:
      return step_of_failed (info);
    case SHOAL_TRANSFER_DONE:
      return info->text != NULL ? SHOAL_STEP_COPY_TEXT : SHOAL_STEP_NONE;
    case SHOAL_TRANSFER_PAUSED:
      if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL)
          && shoal_error_get_side (info->error) == SHOAL_SIDE_HERE)
        return SHOAL_STEP_OPEN_TRASH;
      return info->unreadable != NULL ? SHOAL_STEP_CHOOSE_AGAIN : SHOAL_STEP_NONE;
    case SHOAL_TRANSFER_PREPARING:
    case SHOAL_TRANSFER_QUEUED:
    case SHOAL_TRANSFER_CONNECTING:
    case SHOAL_TRANSFER_WAITING:
    case SHOAL_TRANSFER_RUNNING:
    case SHOAL_TRANSFER_SYNCING:
    default:
      return SHOAL_STEP_NONE;
    }
}

const char *
shoal_transfer_step_label (ShoalTransferStep step)
{
  switch (step)
    {
    case SHOAL_STEP_RETRY:
      return _("_Try Again");
    case SHOAL_STEP_SEND_AGAIN:
      return _("_Send Again");
    case SHOAL_STEP_RESUME:
      return _("_Resume");
    case SHOAL_STEP_CHOOSE_AGAIN:
      return _("Choose _Again…");
    case SHOAL_STEP_OTHER_FOLDER:
      return _("_Other Folder…");
    case SHOAL_STEP_OPEN_TRASH:
      return _("Open T_rash");
    case SHOAL_STEP_TROUBLE:
      return _("_Find Out Why");
    case SHOAL_STEP_COPY_TEXT:
      return _("_Copy Text");
    case SHOAL_STEP_COPY_DETAILS:
      return _("_Copy Details");
    case SHOAL_STEP_NONE:
    default:
      return NULL;
    }
}

const char *
shoal_transfer_words_icon (const ShoalTransferInfo *info)
{
  if (info->kind == SHOAL_CONTENT_TEXT)
    return "text-x-generic-symbolic";
  if (info->kind == SHOAL_CONTENT_LINK)
    return "insert-link-symbolic";
  if (info->files == 1)
    return "text-x-generic-symbolic";
  return "folder-symbolic";
}

char *
shoal_transfer_words_trouble (const ShoalTransferInfo *info)
{
  g_autofree char *other = other_of (info);
  g_autofree char *what = NULL;
  g_autofree char *next = NULL;

  /* That it was declined, or not answered, says the line. */
  if (info->error == NULL || info->phase == SHOAL_TRANSFER_DECLINED
      || info->phase == SHOAL_TRANSFER_DONE)
    return NULL;
  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED)
      && shoal_error_get_side (info->error) == SHOAL_SIDE_HERE)
    return NULL;

  if (needs_folder (info))
    return folder_in_words (info);
  if (info->unreadable != NULL)
    return shoal_words_not_granted (info->unreadable);
  what = shoal_words_error (info->error, other);
  if (info->phase == SHOAL_TRANSFER_PAUSED
      && g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_DISK_FULL))
    next = room_in_words (info);
  else
    next = shoal_words_next (info->error, other);
  return g_strstrip (g_strdup_printf ("%s %s", what, next));
}
