/* shoal-stored-transfer.c: the plain data of shoal-state-transfers.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-transfers.h"

static void
clear_peer (gpointer data)
{
  g_strfreev (((ShoalStoredPeer *) data)->addresses);
}

static GArray *
new_peers (void)
{
  GArray *peers = g_array_new (FALSE, TRUE, sizeof (ShoalStoredPeer));

  g_array_set_clear_func (peers, clear_peer);
  return peers;
}

ShoalStoredTransfer *
shoal_stored_transfer_new (const ShoalTransferId *id)
{
  ShoalStoredTransfer *self = g_new0 (ShoalStoredTransfer, 1);

  self->id = *id;
  self->name = g_strdup ("");
  self->peers = new_peers ();
  self->roots = g_new0 (char *, 1);
  return self;
}

static GBytes *
ref_bytes (GBytes *bytes)
{
  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

ShoalStoredTransfer *
shoal_stored_transfer_copy_row (const ShoalStoredTransfer *self)
{
  ShoalStoredTransfer *copy = g_memdup2 (self, sizeof *self);

  copy->name = NULL;
  copy->destination = NULL;
  copy->link = NULL;
  copy->text = NULL;
  copy->description = NULL;
  copy->attributes = NULL;
  copy->chosen = NULL;
  copy->saved_as = g_strdup (self->saved_as);
  copy->error_code = g_strdup (self->error_code);
  copy->error_message = g_strdup (self->error_message);
  copy->error_next = g_strdup (self->error_next);
  copy->roots = NULL;
  copy->peers = new_peers ();
  return copy;
}

ShoalStoredTransfer *
shoal_stored_transfer_copy (const ShoalStoredTransfer *self)
{
  ShoalStoredTransfer *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->destination = g_strdup (self->destination);
  copy->link = g_strdup (self->link);
  copy->text = ref_bytes (self->text);
  copy->description = ref_bytes (self->description);
  copy->attributes = ref_bytes (self->attributes);
  copy->chosen = ref_bytes (self->chosen);
  copy->saved_as = g_strdup (self->saved_as);
  copy->error_code = g_strdup (self->error_code);
  copy->error_message = g_strdup (self->error_message);
  copy->error_next = g_strdup (self->error_next);
  copy->roots = g_strdupv (self->roots);
  copy->peers = new_peers ();
  for (guint i = 0; i < self->peers->len; i++)
    {
      const ShoalStoredPeer *peer = &g_array_index (self->peers, ShoalStoredPeer, i);

      shoal_stored_transfer_add_peer (copy, &peer->device, peer->state,
                                      (const char *const *) peer->addresses);
    }
  return copy;
}

void
shoal_stored_transfer_free (ShoalStoredTransfer *self)
{
  g_free (self->name);
  g_free (self->destination);
  g_free (self->link);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->description, g_bytes_unref);
  g_clear_pointer (&self->attributes, g_bytes_unref);
  g_clear_pointer (&self->chosen, g_bytes_unref);
  g_free (self->error_code);
  g_free (self->error_message);
  g_free (self->error_next);
  g_free (self->saved_as);
  g_array_unref (self->peers);
  g_strfreev (self->roots);
  g_free (self);
}

void
shoal_stored_transfer_add_peer (ShoalStoredTransfer *self, const ShoalHash *device, uint32_t state,
                                const char *const *addresses)
{
  static const char *const NONE[] = { NULL };
  ShoalStoredPeer peer = { *device, state, NULL };

  peer.addresses = g_strdupv ((char **) (addresses != NULL ? addresses : NONE));
  g_array_append_val (self->peers, peer);
}
