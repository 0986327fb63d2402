/* shoal-engine-thread.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-engine-thread.h"

#include "shoal-answer.h"
#include "shoal-engine-settings.h"
#include "shoal-engine-shares.h"
#include "shoal-engine-transfers.h"
#include "shoal-error.h"
#include "shoal-main-runtime.h"
#include "shoal-thread.h"
#include "shoal-verb-host.h"

#include <glib/gi18n.h>

/* Mere progress is told this often. */
#define PROGRESS_US (100 * 1000)

typedef enum
{
  TOLD_READY,
  TOLD_FAILED,
  TOLD_BEGUN,
  TOLD_EVENT,
  TOLD_STOPPED,
} ToldKind;

/* Something on its way home. Owns what it holds. */
typedef struct
{
  ToldKind    kind;
  char       *key;       /* (nullable): what a newer one may take the place of */
  ShoalEvent  event;     /* each pointer in it (owned) (nullable) */
  char       *text;
  GError     *error;
  ShoalReady  ready;     /* each pointer in it (owned) (nullable) */
} Told;

struct _ShoalEngineThread
{
  /* Set once. */
  ShoalOwnerThread         home_owner;
  GMainContext            *home;       /* (owned) */
  GMainContext            *context;    /* (owned): the engine's */
  ShoalEngineOptions       options;    /* its strings (owned) */
  ShoalEngineThreadEvents  events;
  gpointer                 user_data;

  /* The home thread's. */
  GThread                 *thread;     /* (owned) (nullable): until joined */
  gboolean                 closed;     /* nothing is told any more */

  /* The engine thread's. */
  GMainLoop               *loop;       /* (owned) */
  ShoalMainRuntime        *runtime;    /* (owned) */
  ShoalEngine             *engine;     /* (owned) (nullable) */
  ShoalVerbHost           *host;       /* (owned) (nullable): with the engine */
  GHashTable              *phases;     /* (owned): transfer → phase last told */
  gboolean                 stopping;
  gboolean                 has_failed;

  /* Guarded by the lock, under which nothing is called. */
  GMutex                   lock;
  gboolean                 is_open;    /* commands are taken */
  GQueue                   pending;    /* of Told (owned), oldest first */
  GHashTable              *newest;     /* (owned): key → Told in pending */
  gboolean                 flush_now;  /* a source is on its way */
  gboolean                 flush_soon;
  gint64                   flushed;
};

/* --- References: sources on either context hold one ----------------------- */

static void
clear_thread (gpointer data)
{
  ShoalEngineThread *self = data;

  g_assert (g_queue_is_empty (&self->pending) && self->engine == NULL);
  g_hash_table_unref (self->newest);
  g_hash_table_unref (self->phases);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_main_context_unref (self->home);
  g_free ((char *) self->options.state_dir);
  g_free ((char *) self->options.listen_address);
  g_mutex_clear (&self->lock);
}

static ShoalEngineThread *
thread_ref (ShoalEngineThread *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
thread_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, clear_thread);
}

static void
attach (GMainContext *context, GSource *source, GSourceFunc func, gpointer data,
        GDestroyNotify destroy)
{
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, context);
  g_source_unref (source);
}

/* --- What is told -------------------------------------------------------- */

static void
told_free (gpointer data)
{
  Told *told = data;

  g_clear_pointer (&told->event.device, shoal_device_info_unref);
  g_clear_pointer (&told->event.offer, shoal_offer_info_unref);
  g_clear_pointer (&told->event.transfer, shoal_transfer_info_unref);
  g_clear_pointer (&told->event.share, shoal_share_info_unref);
  g_clear_pointer (&told->event.settings, shoal_settings_unref);
  g_clear_pointer (&told->ready.settings, shoal_settings_unref);
  g_clear_pointer (&told->ready.devices, g_ptr_array_unref);
  g_clear_pointer (&told->ready.offers, g_ptr_array_unref);
  g_clear_pointer (&told->ready.transfers, g_ptr_array_unref);
  g_clear_pointer (&told->ready.shares, g_ptr_array_unref);
  g_clear_error (&told->error);
  g_free (told->text);
  g_free (told->key);
  g_free (told->ready.id);
  g_free (told->ready.mark);
  g_free (told);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Told, told_free)

/* Snapshots of the same thing follow each other: only the newest counts. */
static char *
key_of (const ShoalEvent *event)
{
  if (event->type == SHOAL_EVENT_TRANSFER)
    return g_strconcat ("transfer ", event->transfer->id, NULL);
  if (event->type == SHOAL_EVENT_DEVICE)
    return g_strconcat ("device ", event->device->id, NULL);
  if (event->type == SHOAL_EVENT_SHARE)
    return g_strconcat ("share ", event->share->id, NULL);
  return NULL;
}

static Told *
told_event (const ShoalEvent *event)
{
  Told *told = g_new0 (Told, 1);

  told->kind = TOLD_EVENT;
  told->key = key_of (event);
  told->event.type = event->type;
  if (event->device != NULL)
    told->event.device = shoal_device_info_ref (event->device);
  if (event->offer != NULL)
    told->event.offer = shoal_offer_info_ref (event->offer);
  if (event->transfer != NULL)
    told->event.transfer = shoal_transfer_info_ref (event->transfer);
  if (event->share != NULL)
    told->event.share = shoal_share_info_ref (event->share);
  if (event->settings != NULL)
    told->event.settings = shoal_settings_ref (event->settings);
  told->event.text = told->text = g_strdup (event->text);
  if (event->error != NULL)
    told->event.error = told->error = g_error_copy (event->error);
  return told;
}

static void
deliver (ShoalEngineThread *self, const Told *told)
{
  switch (told->kind)
    {
    case TOLD_READY:
      self->events.ready (&told->ready, self->user_data);
      break;
    case TOLD_FAILED:
      self->events.failed (told->error, self->user_data);
      break;
    case TOLD_BEGUN:
      self->events.begun (self->user_data);
      break;
    case TOLD_EVENT:
      self->events.event (&told->event, self->user_data);
      break;
    case TOLD_STOPPED:
      self->events.stopped (self->user_data);
      break;
    }
}

/* On the home thread. */
static void
flush (ShoalEngineThread *self)
{
  GQueue pending;
  Told *told;

  g_mutex_lock (&self->lock);
  pending = self->pending;
  g_queue_init (&self->pending);
  g_hash_table_remove_all (self->newest);
  self->flushed = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);

  while ((told = g_queue_pop_head (&pending)) != NULL)
    {
      if (!self->closed)
        deliver (self, told);
      told_free (told);
    }
}

static gboolean
on_flush_now (gpointer user_data)
{
  ShoalEngineThread *self = user_data;

  g_mutex_lock (&self->lock);
  self->flush_now = FALSE;
  g_mutex_unlock (&self->lock);
  flush (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_flush_soon (gpointer user_data)
{
  ShoalEngineThread *self = user_data;

  g_mutex_lock (&self->lock);
  self->flush_soon = FALSE;
  g_mutex_unlock (&self->lock);
  flush (self);
  return G_SOURCE_REMOVE;
}

/* Puts @told (transfer full) on its way; under the lock. */
static void
enqueue (ShoalEngineThread *self, Told *told)
{
  Told *older = told->key != NULL ? g_hash_table_lookup (self->newest, told->key) : NULL;

  if (older != NULL)
    {
      Told swap = *older;

      /* The key stays where it is: the table points at it. */
      *older = *told;
      older->key = swap.key;
      swap.key = told->key;
      *told = swap;
      told_free (told);
      return;
    }
  /* What follows an event that is final or of its own must not overtake it. */
  if (told->key == NULL)
    g_hash_table_remove_all (self->newest);
  else
    g_hash_table_insert (self->newest, told->key, told);
  g_queue_push_tail (&self->pending, told);
}

static void
tell (ShoalEngineThread *self, Told *told, gboolean urgent)
{
  gint64 due;

  g_mutex_lock (&self->lock);
  enqueue (self, told);
  if (urgent && !self->flush_now)
    {
      self->flush_now = TRUE;
      attach (self->home, g_idle_source_new (), on_flush_now, thread_ref (self), thread_unref);
    }
  else if (!urgent && !self->flush_now && !self->flush_soon)
    {
      self->flush_soon = TRUE;
      due = MAX (self->flushed + PROGRESS_US - g_get_monotonic_time (), 0);
      attach (self->home, g_timeout_source_new ((guint) (due / 1000)), on_flush_soon,
              thread_ref (self), thread_unref);
    }
  g_mutex_unlock (&self->lock);
}

static void
tell_kind (ShoalEngineThread *self, ToldKind kind, const GError *error)
{
  Told *told = g_new0 (Told, 1);

  told->kind = kind;
  told->error = error != NULL ? g_error_copy (error) : NULL;
  tell (self, told, TRUE);
}

/* --- The engine's side --------------------------------------------------- */

/* Whether a transfer's snapshot says no more than that bytes moved. */
static gboolean
is_mere_progress (ShoalEngineThread *self, const ShoalTransferInfo *info)
{
  gpointer phase = GUINT_TO_POINTER (info->phase + 1u);
  gboolean known = g_hash_table_lookup (self->phases, info->id) == phase;

  if (!known)
    g_hash_table_insert (self->phases, g_strdup (info->id), phase);
  return known;
}

static void
on_event (ShoalEngine *engine, const ShoalEvent *event, gpointer user_data)
{
  ShoalEngineThread *self = user_data;
  gboolean mere = event->type == SHOAL_EVENT_TRANSFER
                    ? is_mere_progress (self, event->transfer)
                    : event->type == SHOAL_EVENT_SHARE;

  tell (self, told_event (event), !mere);
  if (self->host != NULL)
    shoal_verb_host_tell (self->host, event);
}

static void
tell_ready (ShoalEngineThread *self)
{
  Told *told = g_new0 (Told, 1);

  told->kind = TOLD_READY;
  told->ready = (ShoalReady){
    .id = g_strdup (shoal_engine_get_id (self->engine)),
    .mark = g_strdup (shoal_engine_get_mark (self->engine)),
    .settings = shoal_engine_get_settings (self->engine),
    .devices = shoal_engine_get_devices (self->engine),
    .offers = shoal_engine_get_offers (self->engine),
    .transfers = shoal_engine_get_transfers (self->engine),
    .shares = shoal_engine_get_shares (self->engine),
  };
  tell (self, told, TRUE);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalEngineThread *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!shoal_engine_stop_finish (SHOAL_ENGINE (source), result, &error))
    g_warning ("Shoal did not stop well: %s", error->message);
  g_main_loop_quit (self->loop);
}

static void
stop_engine (ShoalEngineThread *self)
{
  if (self->stopping)
    return;

  self->stopping = TRUE;
  g_clear_pointer (&self->host, shoal_verb_host_free);
  if (self->engine != NULL)
    shoal_engine_stop_async (self->engine, on_stopped, self);
  else
    g_main_loop_quit (self->loop);
}

static void
fail (ShoalEngineThread *self, const GError *error)
{
  self->has_failed = TRUE;
  g_debug ("The engine cannot run: %s", error->message);
  tell_kind (self, TOLD_FAILED, error);
  stop_engine (self);
}

static void
begin (ShoalEngine *engine, gpointer data)
{
  ShoalEngineThread *self = data;
  g_autoptr (GError) error = NULL;

  if (shoal_engine_start (engine, &error))
    tell_kind (self, TOLD_BEGUN, NULL);
  else
    fail (self, error);
}

/* From here on commands are answered on the home thread. */
static void
close_commands (ShoalEngineThread *self)
{
  g_mutex_lock (&self->lock);
  self->is_open = FALSE;
  g_mutex_unlock (&self->lock);
  while (g_main_context_iteration (self->context, FALSE))
    ;
}

static gpointer
run_thread (gpointer data)
{
  ShoalEngineThread *self = data;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (self->context);
  self->runtime = shoal_main_runtime_new (self->context);
  self->engine = shoal_engine_new (SHOAL_RUNTIME (self->runtime), &self->options, on_event, self,
                                   &error);
  if (self->engine != NULL)
    {
      self->host = shoal_verb_host_new (self->engine, self->runtime);
      tell_ready (self);
      g_main_loop_run (self->loop);
    }
  else
    fail (self, error);

  g_clear_object (&self->engine);
  close_commands (self);
  shoal_main_runtime_drain (self->runtime);
  g_clear_object (&self->runtime);
  if (!self->has_failed)
    tell_kind (self, TOLD_STOPPED, NULL);
  g_main_context_pop_thread_default (self->context);
  thread_unref (self);
  return NULL;
}

/* --- Commands ------------------------------------------------------------ */

typedef struct
{
  ShoalEngineThread   *thread;  /* (owned) */
  ShoalEngineFunc      func;    /* (nullable): else task_func */
  gpointer             data;
  GDestroyNotify       destroy; /* (nullable) */
  ShoalEngineTaskFunc  task_func;
  GTask               *task;    /* (owned) (nullable) */
} Command;

static gboolean
free_data (gpointer user_data)
{
  Command *command = user_data;

  if (command->destroy != NULL)
    command->destroy (command->data);
  g_clear_pointer (&command->thread, thread_unref);
  g_free (command);
  return G_SOURCE_REMOVE;
}

static void
answer_without_engine (GTask *task)
{
  shoal_answer_error (task, shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                             _("Shoal is not running")));
}

/* On the engine's thread. */
static gboolean
on_command (gpointer user_data)
{
  Command *command = user_data;
  ShoalEngine *engine = command->thread->stopping ? NULL : command->thread->engine;

  if (command->task != NULL && engine != NULL)
    command->task_func (engine, g_steal_pointer (&command->task));
  else if (command->task != NULL)
    answer_without_engine (g_steal_pointer (&command->task));
  else if (engine != NULL)
    command->func (engine, command->data);
  attach (command->thread->home, g_idle_source_new (), free_data, command, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
post (ShoalEngineThread *self, Command *command)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->is_open;
  if (open)
    attach (self->context, g_idle_source_new (), on_command, command, NULL);
  g_mutex_unlock (&self->lock);
  return open;
}

ShoalVerbHost *
shoal_engine_thread_get_host (ShoalEngineThread *self)
{
  g_assert (g_main_context_is_owner (self->context));

  return self->host;
}

void
shoal_engine_thread_call (ShoalEngineThread *self, ShoalEngineFunc func, gpointer data,
                          GDestroyNotify destroy)
{
  Command *command = g_new0 (Command, 1);

  shoal_owner_thread_assert (&self->home_owner);
  command->thread = thread_ref (self);
  command->func = func;
  command->data = data;
  command->destroy = destroy;
  if (!post (self, command))
    free_data (command);
}

void
shoal_engine_thread_run (ShoalEngineThread *self, ShoalEngineTaskFunc func, GTask *task)
{
  Command *command = g_new0 (Command, 1);

  shoal_owner_thread_assert (&self->home_owner);
  command->thread = thread_ref (self);
  command->task_func = func;
  command->task = task;
  if (post (self, command))
    return;

  answer_without_engine (g_steal_pointer (&command->task));
  free_data (command);
}

/* --- Life ---------------------------------------------------------------- */

static gboolean
on_stop (gpointer user_data)
{
  stop_engine (user_data);
  return G_SOURCE_REMOVE;
}

ShoalEngineThread *
shoal_engine_thread_new (const ShoalEngineOptions *options, const ShoalEngineThreadEvents *events,
                         gpointer user_data)
{
  ShoalEngineThread *self = g_atomic_rc_box_new0 (ShoalEngineThread);

  shoal_owner_thread_init (&self->home_owner);
  g_mutex_init (&self->lock);
  g_queue_init (&self->pending);
  self->newest = g_hash_table_new (g_str_hash, g_str_equal);
  self->phases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->home = g_main_context_ref_thread_default ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->options = *options;
  self->options.state_dir = g_strdup (options->state_dir);
  self->options.listen_address = g_strdup (options->listen_address);
  self->events = *events;
  self->user_data = user_data;
  self->is_open = TRUE;
  self->thread = g_thread_new ("shoal-engine", run_thread, thread_ref (self));
  return self;
}

void
shoal_engine_thread_begin (ShoalEngineThread *self)
{
  shoal_engine_thread_call (self, begin, thread_ref (self), thread_unref);
}

void
shoal_engine_thread_stop (ShoalEngineThread *self)
{
  shoal_owner_thread_assert (&self->home_owner);

  g_mutex_lock (&self->lock);
  if (self->is_open)
    attach (self->context, g_idle_source_new (), on_stop, thread_ref (self), thread_unref);
  g_mutex_unlock (&self->lock);
}

void
shoal_engine_thread_free (ShoalEngineThread *self)
{
  shoal_owner_thread_assert (&self->home_owner);

  self->closed = TRUE;
  shoal_engine_thread_stop (self);
  g_thread_join (g_steal_pointer (&self->thread));
  flush (self);
  thread_unref (self);
}
