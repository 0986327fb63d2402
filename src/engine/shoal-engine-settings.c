/* shoal-engine-settings.c: what is stored, what follows from it, and doing so.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-engine-settings.h"

#include "shoal-engine-private.h"
#include "shoal-interfaces.h"
#include "shoal-portal-path.h"
#include "shoal-sharing-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* --- Where files go ------------------------------------------------------ */

typedef struct
{
  ShoalEngine *engine;    /* (owned) (nullable) */
  GTask       *task;      /* (owned) (nullable): a change that waits for this */
  char        *chosen;    /* (owned) (nullable) */
  char        *directory; /* (owned): what came of it */
  char        *trouble;   /* (owned) (nullable) */
  int          failure;   /* errno of @chosen */
} DirectoryJob;

static void
directory_job_free (DirectoryJob *job)
{
  g_clear_object (&job->engine);
  g_clear_object (&job->task);
  g_free (job->chosen);
  g_free (job->directory);
  g_free (job->trouble);
  g_free (job);
}

/* errno, or 0. */
static int
check_folder (const char *path)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    return errno;
  if (!S_ISDIR (info.st_mode))
    return ENOTDIR;
  return g_access (path, W_OK | X_OK) == 0 ? 0 : errno;
}

/* Where we may write whatever else is not there. The home folder that a sandbox sees
 * ends with it, and all that is in it. */
static const char *
own_folder (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ? g_get_user_data_dir ()
                                                            : g_get_home_dir ();
}

/* The desktop's folder for downloads, which is made with the first download; else
 * our own. */
static char *
default_folder (void)
{
  const char *desktop = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *folder = desktop != NULL ? g_strdup (desktop)
                                            : g_build_filename (own_folder (), "Downloads", NULL);
  int failure = check_folder (folder);

  return failure == 0 || failure == ENOENT ? g_steal_pointer (&folder)
                                           : g_strdup (own_folder ());
}

static void
find_directory (gpointer data)
{
  DirectoryJob *job = data;

  job->failure = job->chosen != NULL ? check_folder (job->chosen) : 0;
  if (job->chosen != NULL && job->failure == 0)
    {
      job->directory = g_strdup (job->chosen);
      return;
    }
  job->directory = default_folder ();
  if (job->chosen != NULL)
    {
      g_autofree char *known = shoal_path_without_portal (job->chosen);
      g_autofree char *name = g_filename_display_name (known);
      g_autofree char *other = g_filename_display_name (job->directory);

      job->trouble = g_strdup_printf (_("“%s” cannot be used now (%s): files go to “%s”"), name,
                                      g_strerror (job->failure), other);
    }
}

/* --- What follows -------------------------------------------------------- */

static ShoalVisibility
visibility_of (ShoalEngine *self, const ShoalSettings *settings)
{
  if (self->run.visibility >= 0)
    return (ShoalVisibility) self->run.visibility;

  switch (settings->seen_by)
    {
    case SHOAL_SEEN_BY_EVERYONE:
      return SHOAL_VISIBLE_EVERYONE;
    case SHOAL_SEEN_WHILE_OPEN:
      return settings->is_attended ? SHOAL_VISIBLE_EVERYONE : SHOAL_VISIBLE_FRIENDS;
    case SHOAL_SEEN_BY_NOBODY:
      return SHOAL_VISIBLE_NOBODY;
    case SHOAL_SEEN_BY_FRIENDS:
    default:
      return SHOAL_VISIBLE_FRIENDS;
    }
}

static void
derive (ShoalEngine *self, ShoalSettings *settings)
{
  settings->visibility = visibility_of (self, settings);
  settings->effective_download_limit
    = settings->slow_mode ? settings->slow_download_limit : settings->download_limit;
  settings->effective_upload_limit
    = settings->slow_mode ? settings->slow_upload_limit : settings->upload_limit;
  settings->waits_for_consent
    = settings->is_metered && !settings->metered_consent && !self->run.metered_consent;
}

/* What the rest of the engine goes by. */
static void
obey (ShoalEngine *self, const ShoalSettings *old, const ShoalSettings *settings)
{
  self->accept_policy
    = self->run.has_acceptance ? self->run.accept_policy : settings->accept;
  self->pass_on = self->run.has_acceptance ? self->run.pass_on : settings->pass_on;
  if (self->hub == NULL)
    return; /* being made: it will be told by its options */

  shoal_hub_set_name (self->hub, settings->name);
  shoal_hub_set_visibility (self->hub, settings->visibility);
  shoal_hub_set_picture (self->hub, settings->picture);
  shoal_hub_set_interfaces (self->hub, (const char *const *) settings->interfaces);
  if (self->internet != NULL)
    shoal_internet_obey (self->internet);
  if (old == NULL || old->effective_upload_limit != settings->effective_upload_limit)
    shoal_upload_set_rate_limit (self->upload, settings->effective_upload_limit);
  if (old == NULL || old->effective_download_limit != settings->effective_download_limit)
    shoal_shaper_set_limit (self->shaper, settings->effective_download_limit,
                            shoal_runtime_now (engine_runtime (self)));
  if (old != NULL && old->waits_for_consent != settings->waits_for_consent)
    {
      shoal_get_obey_consent (self);
      shoal_incoming_obey_consent (self);
    }
}

void
shoal_engine_obey_settings (ShoalEngine *self)
{
  obey (self, NULL, self->settings);
}

/* @settings: (transfer full) */
static void
adopt (ShoalEngine *self, ShoalSettings *settings)
{
  ShoalSettings *old = self->settings;

  derive (self, settings);
  self->settings = settings;
  obey (self, old, settings);
  if (old == NULL)
    return;
  shoal_settings_unref (old);
  shoal_engine_tell (self,
                     &(ShoalEvent){ .type = SHOAL_EVENT_SETTINGS, .settings = settings });
}

/* Something has changed that settings follow from. */
static void
adopt_again (ShoalEngine *self)
{
  adopt (self, shoal_settings_copy (self->settings));
}

static void
take_directory (ShoalSettings *settings, const DirectoryJob *job)
{
  g_free (settings->directory);
  settings->directory = g_strdup (job->directory);
  g_free (settings->directory_trouble);
  settings->directory_trouble = g_strdup (job->trouble);
}

static void
on_directory_checked (gpointer data)
{
  DirectoryJob *job = data;
  ShoalEngine *self = job->engine;

  if (!self->stopping && g_strcmp0 (job->chosen, self->settings->download_directory) == 0
      && (g_strcmp0 (job->directory, self->settings->directory) != 0
          || g_strcmp0 (job->trouble, self->settings->directory_trouble) != 0))
    {
      ShoalSettings *settings = shoal_settings_copy (self->settings);

      take_directory (settings, job);
      adopt (self, settings);
    }
  directory_job_free (job);
}

void
shoal_engine_check_directory (ShoalEngine *self)
{
  DirectoryJob *job = g_new0 (DirectoryJob, 1);

  job->engine = g_object_ref (self);
  job->chosen = g_strdup (self->settings->download_directory);
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_DISK, find_directory,
                        on_directory_checked, job);
}

/* --- Loading ------------------------------------------------------------- */

/* Never the account's real name: the host's, which others see anyway. */
static char *
default_name (void)
{
  const char *host = g_get_host_name ();
  const char *dot = strchr (host, '.');
  g_autofree char *name = dot != NULL ? g_strndup (host, (gsize) (dot - host)) : g_strdup (host);
  g_autofree char *checked = g_utf8_validate (name, -1, NULL) ? shoal_label_check (name, NULL)
                                                              : NULL;

  if (checked == NULL || g_str_equal (checked, "localhost"))
    return g_strdup ("Shoal");
  return g_steal_pointer (&checked);
}

gboolean
shoal_engine_load_settings (ShoalEngine *self, GError **error)
{
  g_autoptr (GHashTable) stored = shoal_state_settings_load (self->database, error);
  const char *const *keys = shoal_settings_list_keys ();
  ShoalSettings *settings;
  DirectoryJob job = { 0 };

  if (stored == NULL)
    return FALSE;

  settings = shoal_settings_new_default ();
  g_free (settings->name);
  settings->name = default_name ();
  settings->is_attended = TRUE;
  for (guint i = 0; keys[i] != NULL; i++)
    {
      const char *text = g_hash_table_lookup (stored, keys[i]);
      g_autoptr (GVariant) value
        = text != NULL ? shoal_settings_from_stored (keys[i], text) : NULL;
      g_autoptr (GError) local = NULL;

      if (value != NULL && !shoal_settings_set_value (settings, keys[i], value, &local))
        g_message ("%s is as at first: %s", keys[i], local->message);
    }

  self->stored_invites = g_strdup (g_hash_table_lookup (stored, "invites"));
  job.chosen = settings->download_directory;
  find_directory (&job);
  take_directory (settings, &job);
  g_free (job.directory);
  g_free (job.trouble);
  adopt (self, settings);
  return TRUE;
}

/* --- Changing ------------------------------------------------------------ */

static ShoalSettings *
with_changes (ShoalEngine *self, GVariant *changes, GError **error)
{
  g_autoptr (ShoalSettings) settings = shoal_settings_copy (self->settings);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      gboolean ok = shoal_settings_set_value (settings, key, value, error);

      g_variant_unref (value);
      if (!ok)
        return NULL;
    }
  return g_steal_pointer (&settings);
}

static void
on_stored (const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
store (ShoalEngine *self, GVariant *changes, GTask *task)
{
  GHashTable *texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      /* As it was taken: a name without spaces around it. */
      g_autoptr (GVariant) taken = shoal_settings_get_value (self->settings, key);

      g_hash_table_insert (texts, g_strdup (key), shoal_settings_to_stored (key, taken));
      g_variant_unref (value);
    }
  shoal_state_settings_change (self->database, texts, task != NULL ? on_stored : NULL, task);
}

/* A port or interfaces that will not do are told before anything has changed. */
static gboolean
listen_anew (ShoalEngine *self, const ShoalSettings *settings, GError **error)
{
  if (!self->started || self->no_listen || self->listen_port >= 0
      || settings->port == self->settings->port
      || settings->port == shoal_hub_get_port (self->hub))
    return TRUE;
  if (!shoal_engine_listen (self, settings->port, error))
    return FALSE;
  shoal_engine_tell_listening (self);
  return TRUE;
}

/* Takes @task. @job: (nullable): what the check of the folder found. */
static void
change (GTask *task, const DirectoryJob *job)
{
  ShoalEngine *self = g_task_get_source_object (task);
  GVariant *changes = g_task_get_task_data (task);
  GError *error = NULL;
  ShoalSettings *settings = NULL;

  if (shoal_engine_check_running (self, &error))
    settings = with_changes (self, changes, &error);
  if (settings == NULL || !listen_anew (self, settings, &error))
    {
      g_clear_pointer (&settings, shoal_settings_unref);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (job != NULL)
    take_directory (settings, job);
  adopt (self, settings);
  store (self, changes, task);
}

static void
on_new_directory (gpointer data)
{
  DirectoryJob *job = data;
  GTask *task = g_steal_pointer (&job->task);

  if (job->failure != 0)
    {
      g_autofree char *name = g_filename_display_name (job->chosen);

      g_task_return_error (
        task, shoal_error_new (job->failure == ENOENT || job->failure == ENOTDIR
                                 ? SHOAL_ERROR_NOT_FOUND : SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                               _("Choose a folder that is there and that you may write to."),
                               _("“%s” cannot be the folder for downloads: %s"), name,
                               g_strerror (job->failure)));
      g_object_unref (task);
    }
  else
    change (task, job);
  directory_job_free (job);
}

void
shoal_engine_change_settings_async (ShoalEngine *self, GVariant *changes,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GVariant) sunk = g_variant_ref_sink (changes);
  g_autoptr (ShoalSettings) settings = NULL;
  g_autoptr (GVariant) path = NULL;
  GError *error = NULL;
  DirectoryJob *job;

  g_return_if_fail (SHOAL_IS_ENGINE (self)
                    && g_variant_is_of_type (changes, G_VARIANT_TYPE_VARDICT));
  shoal_owner_thread_assert (&self->owner);

  g_task_set_source_tag (task, shoal_engine_change_settings_async);
  g_task_set_task_data (task, g_variant_ref (sunk), (GDestroyNotify) g_variant_unref);
  settings = with_changes (self, sunk, &error);
  if (settings == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  path = g_variant_lookup_value (sunk, "download-directory", NULL);
  if (path == NULL)
    {
      change (g_steal_pointer (&task), NULL);
      return;
    }
  job = g_new0 (DirectoryJob, 1);
  job->task = g_steal_pointer (&task);
  job->chosen = g_strdup (settings->download_directory);
  shoal_runtime_submit (engine_runtime (self), SHOAL_POOL_DISK, find_directory, on_new_directory,
                        job);
}

gboolean
shoal_engine_change_settings_finish (ShoalEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Interfaces ---------------------------------------------------------- */

void
shoal_interface_info_free (ShoalInterfaceInfo *info)
{
  g_free (info->name);
  g_free (info->kind);
  g_strfreev (info->addresses);
  g_free (info);
}

static ShoalInterfaceInfo *
describe_interface (const ShoalInterface *interface)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (SHOAL_TYPE_INTERFACE_KIND);
  ShoalInterfaceInfo *info = g_new0 (ShoalInterfaceInfo, 1);

  info->name = g_strdup (interface->name);
  info->kind = g_strdup (g_enum_get_value (klass, (int) interface->kind)->value_nick);
  info->is_up = interface->is_up;
  info->addresses = g_new0 (char *, interface->addresses->len + 1);
  for (guint i = 0; i < interface->addresses->len; i++)
    info->addresses[i] = g_inet_address_to_string (g_ptr_array_index (interface->addresses, i));
  return info;
}

GPtrArray *
shoal_engine_list_interfaces (ShoalEngine *self)
{
  g_autoptr (GPtrArray) interfaces = shoal_interfaces_list ();
  GPtrArray *infos
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_interface_info_free);

  for (guint i = 0; i < interfaces->len; i++)
    g_ptr_array_add (infos, describe_interface (g_ptr_array_index (interfaces, i)));
  return infos;
}

/* --- What holds for this run --------------------------------------------- */

ShoalSettings *
shoal_engine_get_settings (ShoalEngine *self)
{
  g_return_val_if_fail (SHOAL_IS_ENGINE (self), NULL);
  shoal_owner_thread_assert (&self->owner);

  return shoal_settings_ref (self->settings);
}

const char *
shoal_engine_get_name (ShoalEngine *self)
{
  return self->settings->name;
}

gboolean
shoal_engine_set_name (ShoalEngine *self, const char *name, GError **error)
{
  GVariantDict dict;
  g_autoptr (GVariant) changes = NULL;
  ShoalSettings *settings;

  if (!g_utf8_validate (name, -1, NULL))
    name = "";
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  changes = g_variant_ref_sink (g_variant_dict_end (&dict));
  settings = with_changes (self, changes, error);
  if (settings == NULL)
    return FALSE;
  adopt (self, settings);
  store (self, changes, NULL);
  return TRUE;
}

void
shoal_engine_set_visibility (ShoalEngine *self, ShoalVisibility visibility)
{
  self->run.visibility = (int) visibility;
  adopt_again (self);
}

void
shoal_engine_set_acceptance (ShoalEngine *self, ShoalAcceptPolicy policy, const char *directory,
                             gboolean pass_on)
{
  self->run.has_acceptance = TRUE;
  self->run.accept_policy = policy;
  self->run.pass_on = pass_on;
  g_free (self->run.directory);
  self->run.directory = g_strdup (directory);
  self->receives = TRUE;
  adopt_again (self);
  shoal_get_wake_offers (self);
  shoal_engine_wake_shares (self);
}

void
shoal_engine_set_attended (ShoalEngine *self, gboolean attended)
{
  ShoalSettings *settings;

  g_return_if_fail (SHOAL_IS_ENGINE (self));
  if (self->settings->is_attended == attended)
    return;

  settings = shoal_settings_copy (self->settings);
  settings->is_attended = attended;
  adopt (self, settings);
  /* Whoever looks should see whether the folder is there. */
  shoal_engine_check_directory (self);
}

void
shoal_engine_set_metered (ShoalEngine *self, gboolean metered)
{
  ShoalSettings *settings;

  g_return_if_fail (SHOAL_IS_ENGINE (self));
  if (self->settings->is_metered == metered)
    return;

  settings = shoal_settings_copy (self->settings);
  settings->is_metered = metered;
  self->run.metered_consent = FALSE; /* the consent was to the network there was */
  adopt (self, settings);
}

void
shoal_engine_consent_to_metered (ShoalEngine *self)
{
  g_return_if_fail (SHOAL_IS_ENGINE (self));
  if (!self->settings->waits_for_consent)
    return;

  self->run.metered_consent = TRUE;
  adopt_again (self);
}
