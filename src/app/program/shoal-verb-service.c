/* shoal-verb-service.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-verb-service.h"

#include "shoal-verb-bus.h"
#include "shoal-verb-host.h"

#include <glib/gi18n.h>

struct _ShoalVerbService
{
  GDBusConnection      *bus;          /* (owned) */
  char                 *path;         /* (owned) */
  guint                 registration;
  ShoalVerbServiceFunc  func;
  gpointer              user_data;
  ShoalEngineThread    *thread;       /* (unowned) (nullable) */
  char                 *state_dir;    /* (owned) (nullable) */
  GHashTable           *calls;        /* (owned): key → Call (owned): not ended yet */
};

/* One verb of one caller. Its fields are set once, but for those that say whose
 * they are. Referenced by the service and by the engine's thread. */
typedef struct
{
  ShoalVerbService      *service;     /* GTK's thread; NULL once it is freed */
  char                  *key;         /* (owned): caller and token */
  GDBusConnection       *bus;         /* (owned) */
  char                  *caller;      /* (owned): unique name */
  char                  *path;        /* (owned) */
  char                  *token;       /* (owned) */
  char                 **arguments;   /* (owned) */
  GVariant              *options;     /* (owned) */
  GDBusMethodInvocation *invocation;  /* (owned): taken by its answer */
  GMainContext          *home;        /* (owned): GTK's */
  guint                  watch;       /* GTK's thread: of the caller's name */
  ShoalEngineThread     *thread;      /* (unowned): lives as long as a command can run on it */
  guint                  id;          /* the engine's thread: of the host; 0: ended */
} Call;

static void
call_clear (gpointer data)
{
  Call *call = data;

  g_assert (call->invocation == NULL && call->watch == 0);
  g_free (call->key);
  g_free (call->caller);
  g_free (call->path);
  g_free (call->token);
  g_strfreev (call->arguments);
  g_variant_unref (call->options);
  g_object_unref (call->bus);
  g_main_context_unref (call->home);
}

static void
call_unref (gpointer call)
{
  g_atomic_rc_box_release_full (call, call_clear);
}

/* --- On the engine's thread ------------------------------------------------ */

static void
on_output (int stream, const char *bytes, gsize size, gpointer user_data)
{
  Call *call = user_data;
  GVariant *data = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1);

  g_dbus_connection_emit_signal (call->bus, call->caller, call->path, SHOAL_VERBS_INTERFACE,
                                 "Output",
                                 g_variant_new ("(si@ay)", call->token, stream, data), NULL);
}

static gboolean
forget_call (gpointer user_data)
{
  Call *call = user_data;
  ShoalVerbService *service = call->service;

  g_clear_handle_id (&call->watch, g_bus_unwatch_name);
  if (service != NULL)
    {
      g_hash_table_remove (service->calls, call->key);
      service->func (g_hash_table_size (service->calls), service->user_data);
    }
  return G_SOURCE_REMOVE;
}

/* Back on GTK's thread the call is forgotten. */
static void
let_forget (Call *call)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, forget_call, g_atomic_rc_box_acquire (call), call_unref);
  g_source_attach (source, call->home);
}

static void
on_ended (int status, gpointer user_data)
{
  Call *call = user_data;

  g_dbus_method_invocation_return_value (g_steal_pointer (&call->invocation),
                                         g_variant_new ("(i)", status));
  let_forget (call);
}

static void
answer_not_mine (GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_dbus_error (invocation, SHOAL_VERBS_NOT_MINE,
                                              _("No such state is in use here"));
}

static void
run (ShoalEngine *engine, gpointer data)
{
  Call *call = data;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (call->options);
  g_autofree char *directory = NULL;
  g_autoptr (GVariant) input
    = g_variant_dict_lookup_value (&options, "input", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GBytes) input_bytes = input != NULL ? g_variant_get_data_as_bytes (input) : NULL;
  ShoalVerbRequest request = {
    .arguments = (const char *const *) call->arguments,
    .input = input_bytes,
    .output = on_output,
    .ended = on_ended,
    .user_data = call,
  };

  g_variant_dict_lookup (&options, "directory", "^ay", &directory);
  g_variant_dict_lookup (&options, "json", "b", &request.json);
  g_variant_dict_lookup (&options, "quiet", "b", &request.quiet);
  g_variant_dict_lookup (&options, "out-is-terminal", "b", &request.out_is_terminal);
  g_variant_dict_lookup (&options, "err-is-terminal", "b", &request.err_is_terminal);
  request.directory = directory;
  call->id
    = shoal_verb_host_run (shoal_engine_thread_get_host (call->thread), &request);
}

static void
interrupt (ShoalEngine *engine, gpointer data)
{
  Call *call = data;

  if (call->id != 0)
    shoal_verb_host_interrupt (shoal_engine_thread_get_host (call->thread), call->id);
}

/* Every call is answered, also if the engine ended before it could run. */
static void
drop_run (gpointer data)
{
  Call *call = data;

  if (call->id == 0 && call->invocation != NULL)
    {
      answer_not_mine (g_steal_pointer (&call->invocation));
      forget_call (call);
    }
  call_unref (call);
}

/* --- On GTK's thread ------------------------------------------------------- */

static void
on_caller_gone (GDBusConnection *bus, const char *name, gpointer user_data)
{
  Call *call = user_data;

  if (call->service != NULL && call->service->thread != NULL)
    shoal_engine_thread_call (call->thread, interrupt, g_atomic_rc_box_acquire (call),
                              call_unref);
}

static char *
make_key (const char *caller, const char *token)
{
  return g_strdup_printf ("%s %s", caller, token);
}

static void
begin_call (ShoalVerbService *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  const char *caller = g_dbus_method_invocation_get_sender (invocation);
  Call *call = g_atomic_rc_box_new0 (Call);

  call->service = self;
  call->bus = g_object_ref (self->bus);
  call->caller = g_strdup (caller);
  call->path = g_strdup (self->path);
  call->home = g_main_context_ref_thread_default ();
  call->thread = self->thread;
  call->invocation = invocation;
  g_variant_get (parameters, "(@ays^aay@a{sv})", NULL, &call->token, &call->arguments,
                 &call->options);
  call->key = make_key (caller, call->token);
  g_hash_table_insert (self->calls, call->key, g_atomic_rc_box_acquire (call));
  call->watch = g_bus_watch_name_on_connection (self->bus, caller, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                NULL, on_caller_gone, call, NULL);
  self->func (g_hash_table_size (self->calls), self->user_data);
  shoal_engine_thread_call (self->thread, run, call, drop_run);
}

static void
take_run (ShoalVerbService *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  g_autofree char *state = NULL;
  g_autofree char *key = NULL;
  const char *token;

  g_variant_get (parameters, "(^ay&s@aay@a{sv})", &state, &token, NULL, NULL);
  key = make_key (g_dbus_method_invocation_get_sender (invocation), token);
  if (self->thread == NULL || !g_str_equal (state, self->state_dir)
      || g_hash_table_contains (self->calls, key))
    answer_not_mine (invocation);
  else
    begin_call (self, parameters, invocation);
}

static void
take_interrupt (ShoalVerbService *self, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  g_autofree char *key = NULL;
  const char *token;
  Call *call;

  g_variant_get (parameters, "(&s)", &token);
  key = make_key (g_dbus_method_invocation_get_sender (invocation), token);
  call = g_hash_table_lookup (self->calls, key);
  if (call != NULL && self->thread != NULL)
    shoal_engine_thread_call (self->thread, interrupt, g_atomic_rc_box_acquire (call),
                              call_unref);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
on_method (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
           const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
           gpointer user_data)
{
  if (g_str_equal (method, "Run"))
    take_run (user_data, parameters, invocation);
  else
    take_interrupt (user_data, parameters, invocation);
}

/* --- Life ---------------------------------------------------------------- */

ShoalVerbService *
shoal_verb_service_new (GDBusConnection *bus, const char *path, ShoalVerbServiceFunc func,
                        gpointer user_data, GError **error)
{
  static const GDBusInterfaceVTable table = { .method_call = on_method };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (SHOAL_VERBS_XML, error);
  ShoalVerbService *self = g_new0 (ShoalVerbService, 1);

  self->bus = g_object_ref (bus);
  self->path = g_strdup (path);
  self->func = func;
  self->user_data = user_data;
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, call_unref);
  if (node != NULL)
    self->registration = g_dbus_connection_register_object (bus, path, node->interfaces[0],
                                                            &table, self, NULL, error);
  if (self->registration == 0)
    g_clear_pointer (&self, shoal_verb_service_free);
  return self;
}

void
shoal_verb_service_free (ShoalVerbService *self)
{
  GHashTableIter iter;
  gpointer call;

  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->bus, self->registration);
  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    ((Call *) call)->service = NULL;
  g_hash_table_unref (self->calls);
  g_object_unref (self->bus);
  g_free (self->path);
  g_free (self->state_dir);
  g_free (self);
}

void
shoal_verb_service_set_engine (ShoalVerbService *self, ShoalEngineThread *thread,
                               const char *state_dir)
{
  self->thread = thread;
  g_free (self->state_dir);
  self->state_dir = g_strdup (state_dir);
}
