//! A command line that cannot be understood, said in the language of the terminal. The parser's own English stays where English is spoken.

use app::wire::Language;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// A command for the program itself.
const HIDDEN: &str = "keep-session";

/// What a person reads of it.
pub fn told(error: &clap::Error, language: Language) -> String {
    match language {
        Language::En => error.render().to_string().trim().to_owned(),
        Language::Zh => chinese(error),
    }
}

fn chinese(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("命令没有写完，写法如下：\n{}", error.render().to_string().trim().replace("Usage: ", "用法："));
    }
    let mut lines = vec![what(error)];
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    // The parser names the likeliest last.
    let meant: Vec<String> = kinds.into_iter().flat_map(|kind| texts(error, kind).into_iter().rev()).collect();
    if !meant.is_empty() {
        lines.push(format!("是不是要写：{}", meant.join("、")));
    }
    lines.extend(texts(error, ContextKind::Usage).into_iter().map(|usage| usage.replace("Usage: ", "用法：")));
    lines.push("各个命令和选项：zhanggui --help".to_owned());
    lines.join("\n")
}

/// The first line: what is wrong, by the kind of the error and what it names.
fn what(error: &clap::Error) -> String {
    let named = |kind| texts(error, kind).join("、");
    let (option, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    let known = [ContextKind::ValidValue, ContextKind::ValidSubcommand].into_iter().map(named).find(|known| !known.is_empty());
    let known = known.map(|known| format!("；可以是：{known}")).unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令{known}", named(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("不认识“{option}”：没有这个选项，或者它不该写在这里"),
        ErrorKind::MissingRequiredArgument => format!("缺少：{option}"),
        ErrorKind::MissingSubcommand => format!("命令没有写完{known}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{option} 后面缺少内容{known}"),
        ErrorKind::InvalidValue => format!("{option} 不能是“{value}”{known}"),
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(|reason| format!("（{reason}）")).unwrap_or_default();
            format!("{option} 不能是“{value}”{reason}")
        }
        ErrorKind::ArgumentConflict => match named(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == option => format!("{option} 只能写一次"),
            prior => format!("{option} 不能和 {prior} 一起写"),
        },
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("{option} 后面内容的个数不对"),
        ErrorKind::InvalidUtf8 => "有的字不是 UTF-8 编码".to_owned(),
        _ => format!("命令行看不懂：{}", error.kind()),
    }
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        Some(ContextValue::Number(number)) => vec![number.to_string()],
        _ => Vec::new(),
    }
    .into_iter()
    .filter(|text| !text.is_empty() && text != HIDDEN)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::Parser as _;

    #[test]
    fn what_cannot_be_understood_is_said_in_chinese() {
        for (words, expected) in [
            ("ordres", "没有“ordres”这个命令"),
            ("ordres", "是不是要写：orders"),
            ("orders list --limt 3", "不认识“--limt”"),
            ("orders list --limit", "--limit <LIMIT> 后面缺少内容"),
            ("orders list --limit x", "--limit <LIMIT> 不能是“x”"),
            ("serve --port 70000", "--port <PORT> 不能是“70000”"),
            ("store create --language fr", "--language <LANGUAGE> 不能是“fr”；可以是：zh、en"),
            ("store restore", "缺少：--recovery-key-file <FILE>、<FILE>"),
            ("import undo", "缺少：<ID>"),
            ("orders", "命令没有写完"),
            ("orders list --limit 1 --limit 2", "--limit <LIMIT> 只能写一次"),
            ("store create --join x", "用法："),
        ] {
            let error = Arguments::try_parse_from(["zhanggui"].into_iter().chain(words.split(' '))).unwrap_err();
            let said = told(&error, Language::Zh);
            assert!(said.contains(expected), "{words}: {said}");
            assert!(!said.contains("error:") && !said.contains("Usage:"), "{words}: {said}");
            assert!(told(&error, Language::En).is_ascii() || words == "orders", "{words}");
        }
    }
}
