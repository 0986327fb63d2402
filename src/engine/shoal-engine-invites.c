/* shoal-engine-invites.c: ours that wait, and others' that are being opened.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-people.h"
#include "shoal-internet-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define STORED_KEY "invites"
#define MAX_INVITES 32
#define OPEN_SECONDS 60

/* --- Keeping them ------------------------------------------------------------------ */

static void
save (ShoalInternet *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->invites->len; i++)
    {
      g_autofree char *line = shoal_invite_format (g_ptr_array_index (self->invites, i));

      g_string_append_printf (text, "%s\n", line);
    }
  shoal_state_settings_set (self->engine->database, STORED_KEY,
                            text->len > 0 ? text->str : NULL, NULL, NULL);
}

void
shoal_internet_load_invites (ShoalInternet *self, const char *stored)
{
  g_auto (GStrv) lines = g_strsplit (stored != NULL ? stored : "", "\n", MAX_INVITES + 1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      ShoalInvite *invite = *lines[i] != '\0' ? shoal_invite_parse (lines[i], NULL) : NULL;

      if (invite != NULL)
        g_ptr_array_add (self->invites, invite);
    }
}

static gboolean
is_ours (ShoalInternet *self, const uint8_t *secret, guint *index)
{
  for (guint i = 0; i < self->invites->len; i++)
    {
      ShoalInvite *invite = g_ptr_array_index (self->invites, i);

      if (memcmp (invite->secret, secret, sizeof invite->secret) == 0)
        {
          *index = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* --- Being met ---------------------------------------------------------------------- */

/* Whoever has the secret is whom it was given to: as good as a code compared. */
static void
befriend (ShoalEngine *engine, const ShoalDeviceId *device, const char *name)
{
  g_autofree char *id = shoal_device_id_to_text (device);

  if (*name != '\0')
    shoal_device_book_seen (engine->book, device, name, NULL, TRUE);
  if (shoal_engine_add_friend (engine, id, NULL))
    shoal_engine_set_verified (engine, id, TRUE, NULL);
}

static void
free_opening (ShoalOpening *opening)
{
  ShoalInternet *self = opening->internet;

  g_ptr_array_remove_fast (self->openings, opening);
  shoal_runtime_clear_timer (engine_runtime (self->engine), &opening->timer);
  shoal_invite_free (opening->invite);
  g_free (opening);
}

void
shoal_internet_invite_met (ShoalInternet *self, const uint8_t *secret,
                           const ShoalDeviceId *device)
{
  guint index;

  self->tended = 0; /* the appointment is over */
  if (is_ours (self, secret, &index))
    {
      g_ptr_array_remove_index (self->invites, index);
      save (self);
      befriend (self->engine, device, "");
      return;
    }
  for (guint i = self->openings->len; i-- > 0;)
    {
      ShoalOpening *opening = g_ptr_array_index (self->openings, i);
      g_autoptr (GTask) task = NULL;

      if (memcmp (opening->invite->secret, secret, SHOAL_INVITE_SECRET_SIZE) != 0
          || g_cancellable_is_cancelled (g_task_get_cancellable (opening->task)))
        continue;
      befriend (self->engine, device, opening->invite->name);
      task = g_steal_pointer (&opening->task);
      free_opening (opening);
      g_task_return_pointer (task, shoal_device_id_to_text (device), g_free);
    }
}

/* --- Opening -------------------------------------------------------------------------- */

static void
end_opening (ShoalOpening *opening, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&opening->task);

  opening->internet->tended = 0;
  free_opening (opening);
  g_task_return_error (task, error);
}

void
shoal_internet_end_openings (ShoalInternet *self)
{
  while (self->openings->len > 0)
    end_opening (g_ptr_array_index (self->openings, 0),
                 shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                  _("Shoal is stopping")));
}

void
shoal_internet_tend_invites (ShoalInternet *self)
{
  gint64 now = shoal_runtime_wall_time (engine_runtime (self->engine));
  guint before = self->invites->len;

  for (guint i = self->invites->len; i-- > 0;)
    if (((ShoalInvite *) g_ptr_array_index (self->invites, i))->ends < now)
      g_ptr_array_remove_index (self->invites, i);
  if (self->invites->len != before)
    save (self);
  for (guint i = self->openings->len; i-- > 0;)
    {
      ShoalOpening *opening = g_ptr_array_index (self->openings, i);
      GError *error = NULL;

      if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (opening->task), &error))
        end_opening (opening, error);
    }
}

static void
on_too_long (gpointer user_data)
{
  ShoalOpening *opening = user_data;
  g_autofree char *who = *opening->invite->name != '\0'
                           ? g_strdup (opening->invite->name)
                           : shoal_engine_name_device (opening->internet->engine,
                                                       &opening->invite->device);

  opening->timer = 0;
  end_opening (opening,
               shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE,
                                _("Ask whether Shoal is running over there, and try again."),
                                _("“%s” did not answer to the invite"), who));
}

static gboolean
check_invite (ShoalEngine *self, const ShoalInvite *invite, GError **error)
{
  guint index;

  if (shoal_hash_equals (&invite->device, shoal_hub_get_own_id (self->hub))
      || is_ours (self->internet, invite->secret, &index))
    return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE,
                            _("Give it to the person who is to become a friend."),
                            _("This invite was made on this device"));
  if (invite->ends < shoal_runtime_wall_time (engine_runtime (self)))
    return shoal_error_set (error, SHOAL_ERROR_REFUSED, SHOAL_SIDE_THERE,
                            _("Ask for a new one."), _("This invite has ended"));
  return TRUE;
}

void
shoal_engine_open_invite_async (ShoalEngine *self, const char *invite, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (ShoalInvite) parsed = NULL;
  GError *error = NULL;
  ShoalOpening *opening;

  g_return_if_fail (SHOAL_IS_ENGINE (self));
  shoal_owner_thread_assert (&self->owner);

  g_task_set_source_tag (task, shoal_engine_open_invite_async);
  parsed = shoal_invite_parse (invite, &error);
  if (parsed == NULL || !check_invite (self, parsed, &error)
      || !shoal_engine_check_running (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  opening = g_new0 (ShoalOpening, 1);
  opening->internet = self->internet;
  opening->invite = g_steal_pointer (&parsed);
  opening->task = g_steal_pointer (&task);
  opening->timer = shoal_runtime_add_timer (engine_runtime (self),
                                            OPEN_SECONDS * (gint64) G_USEC_PER_SEC, on_too_long,
                                            opening);
  g_ptr_array_add (self->internet->openings, opening);
  shoal_internet_turn_on (self->internet);
}

char *
shoal_engine_open_invite_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

char *
shoal_engine_get_inviter (const char *invite)
{
  g_autoptr (ShoalInvite) parsed = shoal_invite_parse (invite, NULL);

  return parsed != NULL ? shoal_device_id_to_text (&parsed->device) : NULL;
}

/* --- Making ------------------------------------------------------------------------------ */

char *
shoal_engine_make_invite (ShoalEngine *self, GError **error)
{
  const char *const *trackers = shoal_internet_get_trackers (self->internet);
  ShoalInvite *invite;

  g_return_val_if_fail (SHOAL_IS_ENGINE (self), NULL);
  shoal_owner_thread_assert (&self->owner);

  if (trackers[0] == NULL)
    {
      shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                       _("Add the address of a tracker to the preferences."),
                       _("Without a tracker nobody can find this device over the internet"));
      return NULL;
    }
  if (self->internet->invites->len >= MAX_INVITES)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE,
                       _("Take one of them back first."),
                       _("%u invites are waiting to be used already"), MAX_INVITES);
      return NULL;
    }

  invite = shoal_invite_new ();
  shoal_runtime_fill_random (engine_runtime (self), invite->secret, sizeof invite->secret);
  invite->device = *shoal_hub_get_own_id (self->hub);
  invite->ends = shoal_runtime_wall_time (engine_runtime (self))
                 + SHOAL_INVITE_DAYS * G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC;
  invite->name = g_strdup (self->settings->name);
  for (guint i = 0; trackers[i] != NULL && i < SHOAL_INVITE_MAX_TRACKERS; i++)
    g_ptr_array_add (invite->trackers, g_strdup (trackers[i]));
  g_ptr_array_add (self->internet->invites, invite);
  save (self->internet);
  shoal_internet_turn_on (self->internet);
  return shoal_invite_format (invite);
}

char **
shoal_engine_get_invites (ShoalEngine *self)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; i < self->internet->invites->len; i++)
    {
      g_autofree char *text
        = shoal_invite_format (g_ptr_array_index (self->internet->invites, i));

      g_strv_builder_add (texts, text);
    }
  return g_strv_builder_end (texts);
}

gboolean
shoal_engine_cancel_invite (ShoalEngine *self, const char *invite, GError **error)
{
  g_autoptr (ShoalInvite) parsed = shoal_invite_parse (invite, error);
  guint index;

  if (parsed == NULL)
    return FALSE;
  if (!is_ours (self->internet, parsed->secret, &index))
    return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE, NULL,
                            _("This invite was used, has ended, or was made elsewhere"));
  g_ptr_array_remove_index (self->internet->invites, index);
  save (self->internet);
  self->internet->tended = 0;
  return TRUE;
}
