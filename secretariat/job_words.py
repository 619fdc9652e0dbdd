"""Background tasks, queues and warnings in the words of the desk. Every task of the code base stands here."""

TASKS = {
    "send_registration_code": "申し込みの数字を送る",
    "send_reset_code": "パスワードを決め直す数字を送る",
    "mail_registration_received": "申し込みの受付を知らせる",
    "mail_registration_asked": "申し込みについて尋ねる",
    "mail_invitation": "招待を送る",
    "approve_bound_registration": "申し込みを自動で承認する",
    "mail_registration_approved": "登録の承認を知らせる",
    "mail_registration_declined": "登録のお断りを知らせる",
    "mail_member_suspended": "利用停止を知らせる",
    "mail_member_resumed": "利用再開を知らせる",
    "mail_sign_in_new": "新しい端末でのログインを知らせる",
    "send_notice": "アカウントの変更を知らせる",
    "end_sessions": "利用を止めた人をログアウトさせる",
    "remove_stale_registrations": "途中でやめた申し込みと招待を消す",
    "refresh_directory": "会員をさがすための行を作り直す",
    "remove_stray_pictures": "使われていない写真を消す",
    "change_organisations": "団体の変更を施行日に反映する",
    "prune_live_log": "古い配信の番号を消す",
    "redraw_posts_of": "投稿の氏名や所属の表示を直す",
    "tell_of_post": "新しい投稿の通知を配る",
    "tell_of_edit": "編集で呼びかけた人に通知を配る",
    "tell_of_stamp": "スタンプを投稿者に知らせる",
    "tell_of_answer": "答えの採用を知らせる",
    "tell_of_doubt": "スタンプに添えた理由を届ける",
    "tell_of_removal": "取り下げた投稿の通知を片づける",
    "publish_scheduled_post": "予約投稿を出す",
    "count_weeks": "チャンネルの投稿数を数える",
    "clear_practice": "練習用のチャンネルを片づける",
    "recount_channels": "参加者の数を数え直す",
    "admit_members_of": "統合したチャンネルの参加者を移す",
    "recount_channels_of": "異動した人のチャンネルを数え直す",
    "forget_old_notifications": "古い通知を消す",
    "plan_digests": "まとめメールの準備をする",
    "send_digest": "まとめメールを送る",
    "redraw_posts_with": "スタンプの新しい名前を投稿に出す",
    "delete_files_of": "取り下げた投稿のファイルを消す",
    "sweep_files": "送られなかったファイルを消す",
    "verify_audit_log": "記録を検証する",
    "verify_audit_log_nightly": "記録を検証する（毎晩）",
    "prune_audit_log": "保存期間を過ぎた記録を消す",
    "retry_stalled_jobs": "止まった処理をやり直す",
    "remove_old_jobs": "終わった処理の行を消す",
}
QUEUES = {"mail": "メール", "index": "通知と集計", "media": "添付ファイル", "bulk": "まとめて行う処理"}
WARNINGS = {
    "no-worker": "処理を進めるプログラムが動いていません。動くまで、メールも通知も届きません。"
    "サーバーの担当者に知らせてください。",
    "late": "5分より長く待っている処理があります。しばらくしても減らないときは、"
    "サーバーの担当者に知らせてください。",
    "failed": "何度試してもできず、止めた処理があります。原因がなくなっていたら、もう一度試してください。",
}
ENDINGS = {
    "todo": "待っています",
    "doing": "進行中",
    "failed": "失敗",
    "cancelled": "取り消し",
    "aborted": "中止",
}


def task_label(task: str) -> str:
    """What a task does; its own name when it has none yet."""
    return TASKS.get(task, task)
