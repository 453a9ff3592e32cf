/* Checks a game that was carried away (app/portable.h) against its story: the chain, every state and
 * every throw. Only reads. */
#ifndef CASYS_AUTHOR_VERIFY_GAME_H
#define CASYS_AUTHOR_VERIFY_GAME_H

#include "app/base/bytes.h"

/* Does a file begin as such a document does, with a brace? */
bool verify_game_begins(const char *path);

/* `stories` is a folder, or a file, where its story is. Appends one line for people, without its end.
 * OK             all of it is good.
 * ERR_INVALID    it is not: the line names the first wrong version.
 * ERR_IO, ERR_NOT_FOUND    the line says what cannot be read, or is no such document, or that the
 *                story is not there. */
enum status verify_game(const char *path, const char *stories, struct buf *ret_line) MUST_CHECK;

#endif
