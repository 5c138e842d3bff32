(ns quintet.example-test
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]])
  (:import (io.quintet.testkit ChildServer)
           (java.io StringWriter)
           (java.net URI)
           (java.net.http HttpClient HttpClient$Version HttpRequest HttpRequest$BodyPublishers
                          HttpResponse$BodyHandlers)))

(deftest the-example-keeps-notes
  (with-open [server (ChildServer. "clojure.main"
                                   (into-array ["-m" "example.notes" "0" "reuseport"]))
              client (-> (HttpClient/newBuilder) (.version HttpClient$Version/HTTP_1_1) .build)]
    (let [ask (fn [method path body]
                (let [r (.send client
                               (-> (HttpRequest/newBuilder
                                    (URI. (str "http://127.0.0.1:" (.port server) path)))
                                   (.method method (HttpRequest$BodyPublishers/ofString body))
                                   .build)
                               (HttpResponse$BodyHandlers/ofString))]
                  [(.statusCode r) (str/trim (.body r))]))]
      (is (= [201 "{\"id\":1,\"text\":\"buy milk\"}"]
             (ask "POST" "/notes" "{\"text\": \"buy milk\"}")))
      (is (= [200 "[{\"id\":1,\"text\":\"buy milk\"}]"] (ask "GET" "/notes" "")))
      (is (= [200 "{\"id\":1,\"text\":\"buy milk\"}"] (ask "GET" "/notes/1" "")))
      (is (= 400 (first (ask "POST" "/notes" "no JSON"))))
      (is (= [204 ""] (ask "DELETE" "/notes/1" "")))
      (is (= 404 (first (ask "GET" "/notes/1" "")))))))

(deftest the-program-of-the-readme-answers
  (let [file (io/file (System/getProperty "quintet.binding") "example" "hello.clj")
        readme (io/file (System/getProperty "quintet.binding") ".." ".." "README.md")]
    (is (str/includes? (slurp readme) (slurp file)))
    (with-open [server (ChildServer. "clojure.main" (into-array [(str file)]))]
      (is (= "You asked for /tea" (slurp (str "http://127.0.0.1:" (.port server) "/tea")))))))

(deftest the-readme-is-true
  (let [readme (slurp (io/file (System/getProperty "quintet.binding") "README.md"))
        blocks (map second (re-seq #"(?s)```clojure\n(.*?)```" readme))
        ring (first (filter #(str/includes? % "run-server handler") blocks))
        repl (first (filter #(str/includes? % "user=>") blocks))]
    (binding [*ns* (create-ns 'quintet.readme)]
      (refer 'clojure.core)
      (eval (read-string (str "(do " (str/replace ring ":port 8080" ":port 0") ")")))
      (let [lines (remove #(= "..." %) (str/split-lines repl))]
        (loop [[line & more] lines checked 0]
          (if line
            (let [form (read-string (str/replace (subs line (count "user=> ")) ":port 7000" ":port 0"))
                  printed (StringWriter.)
                  value (binding [*out* printed] (eval form))
                  [expected rest-of] (split-with #(not (str/starts-with? % "user=>")) more)]
              (when (seq expected)
                (is (str/starts-with? (if (= "" (str printed)) (pr-str value) (str printed))
                                      (str/join "\n" expected))))
              (recur rest-of (inc checked)))
            (is (= 4 checked)))))
      (eval '(.close server)))))

(deftest nothing-is-reflected-on
  (let [warnings (StringWriter.)]
    (binding [*err* warnings]
      (require 'quintet.core :reload))
    (is (= "" (str warnings)))))
